"""The classifier that a scenario names: one that there is, of such images, the same in all arms."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.api.scenario_outcomes import what_outcomes_depend_on
from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

Load = Callable[[str], LoadedScenario]
EYE = "  fundoscopy:\n"


def naming(text: str, classifier: str) -> str:
    assert EYE in text
    return text.replace(EYE, f"{EYE}    classifier: {classifier}\n", 1)


def refused(load_text: Load, text: str) -> str:
    with pytest.raises(ThreatsimError) as caught:
        load_text(text)
    return str(caught.value)


def test_a_shipped_one_and_a_folder_are_taken_and_recorded(
    load_text: Load, small_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = load_text(naming(small_text, "fundoscopy_hardened")).scenario
    assert shipped.model_dump(mode="json")["modalities"]["fundoscopy"]["classifier"] == "fundoscopy_hardened"
    (tmp_path / "ours").mkdir()
    shutil.copyfile(library_folder("classifiers") / "fundoscopy/card.yaml", tmp_path / "ours/card.yaml")
    monkeypatch.chdir(tmp_path)
    assert load_text(naming(small_text, "./ours")).scenario.modalities["fundoscopy"].classifier == "./ours"


def test_one_that_is_not_named_is_nowhere_said(small: LoadedScenario) -> None:
    assert "classifier" not in small.scenario.model_dump(mode="json")["modalities"]["fundoscopy"]
    assert "modalities.fundoscopy.classifier" not in what_outcomes_depend_on({"baseline": small.scenario})


def test_outcomes_depend_on_it(load_text: Load, small_text: str) -> None:
    named = load_text(naming(small_text, "fundoscopy_hardened")).scenario
    assert what_outcomes_depend_on({"b": named})["modalities.fundoscopy.classifier"] == "fundoscopy_hardened"


def test_a_name_that_there_is_not_has_its_place_and_the_nearest(load_text: Load, small_text: str) -> None:
    told = refused(load_text, naming(small_text, "fundoscopy_hardend"))
    assert "s.yaml:10:17: modalities.fundoscopy.classifier: no classifier of images is called" in told
    assert "allowed are fundoscopy, fundoscopy_hardened, or a folder with a card.yaml" in told
    assert "Did you mean 'fundoscopy_hardened'?" in told


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dermoscopy", "'dermoscopy' reads dermoscopy; of fundoscopy there are fundoscopy, fundoscopy_hardened"),
        ("claim_codes", "no classifier of images is called 'claim_codes'"),
        ("nowhere/at/all", "no classifier of images is called 'nowhere/at/all'"),
        ("3", "needs text"),
        ("''", "must not be empty"),
    ],
)
def test_one_of_other_images_is_refused(load_text: Load, small_text: str, name: str, words: str) -> None:
    assert words in refused(load_text, naming(small_text, name))


def test_an_override_that_names_none_is_told_as_such(small: LoadedScenario) -> None:
    with pytest.raises(ThreatsimError, match=r"override modalities\.fundoscopy\.classifier: .*allowed are fundoscopy"):
        load_scenario(small.path, overrides={"modalities.fundoscopy.classifier": "fundus"})


def test_that_of_claims_of_codes_cannot_be_chosen() -> None:
    path = {"modalities.claim_codes.classifier": "claim_codes_hardened"}
    with pytest.raises(ThreatsimError, match="the classifier of claim_codes cannot be chosen"):
        load_scenario("billing_code_combinations", overrides=path)


@pytest.mark.parametrize(
    "entry", ["modalities.fundoscopy.classifier: fundoscopy_hardened", "modalities.*.classifier: dermoscopy"]
)
def test_two_classifiers_of_a_modality_in_one_run_are_refused(load_text: Load, small_text: str, entry: str) -> None:
    head, _, _ = small_text.partition("      payers.*.audit.random: 0.02")
    told = refused(load_text, f"{head}      {entry}\n")
    assert "arm 'more_audits': an arm cannot set the classifier: attacks on it are run once for all arms" in told
    assert "Write a scenario for each classifier" in told
