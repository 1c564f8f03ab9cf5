"""`providers.from`: what a scenario takes of a population file, and what is told where it is written wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from threatsim.common.errors import ThreatsimError
from threatsim.common.yaml_text.document import compose
from threatsim.scenario.authoring.schema_json import json_schema
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

PEOPLE = "id,specialty,state,services_92250,services_71046\na,eye,OH,520,0\nb,eye,OH,1040,5\nc,eye,CA,0,7\n"
OF_ITSELF = "    count: 5\n    weekly_volume: 10\n    volume_skew: 0.5\n"

Load = Callable[[str], LoadedScenario]


@pytest.fixture
def text(small_text: str, tmp_path: Path) -> str:
    (tmp_path / "people.csv").write_text(PEOPLE)
    written = small_text.replace("providers:\n", "providers:\n  from: {file: people.csv, services: {eye: [92250]}}\n")
    return written.replace(OF_ITSELF, "")


def test_a_file_says_how_many_there_are_and_what_they_see(load_text: Load, text: str) -> None:
    scenario = load_text(text).scenario
    eye, population = scenario.providers["eye"], scenario.population
    assert population is not None
    assert (eye.count, float(eye.weekly_volume), float(eye.volume_skew)) == (2, 15.0, 0.347)
    assert eye.weekly_volume.kind == "measured"
    assert "people.csv" in eye.weekly_volume.source
    assert (population.file, population.rows) == ("people.csv", 3)
    assert population.left_out == {"provided no service that counts": 1}
    assert population.practices["eye"].volumes == (520, 1040)
    assert population.practices["eye"].states == {"OH": 2}
    assert Scenario.model_validate(scenario.model_dump(mode="json")) == scenario


def test_another_file_is_another_scenario_and_one_without_a_file_says_nothing_of_it(
    load_text: Load, text: str, small: LoadedScenario, tmp_path: Path
) -> None:
    before = load_text(text).scenario
    (tmp_path / "people.csv").write_text(PEOPLE.replace("c,eye,CA,0,7", "c,eye,CA,0,8"))  # of a row that is left out
    assert load_text(text).scenario.model_dump() != before.model_dump()
    assert "population" not in small.scenario.model_dump()


def test_a_written_volume_is_the_mean_that_arms_can_change(load_text: Load, text: str) -> None:
    written = text.replace("    coding_error_up", "    weekly_volume: 4\n    coding_error_up")
    loaded = load_text(written.replace("payers.public.readers.capacity: 200", "providers.*.weekly_volume: {times: 2}"))
    assert float(loaded.scenario.providers["eye"].weekly_volume) == 4
    assert float(resolve_arm(loaded, "more_audits").providers["eye"].weekly_volume) == 8


def test_a_file_takes_the_place_of_what_is_extended(small_text: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "base.yaml").write_text(small_text)
    (tmp_path / "over.yaml").write_text(
        "schema_version: 1\nextends: base.yaml\nname: over\nproviders: {from: people.csv}\n"
    )
    eye = load_scenario(tmp_path / "over.yaml").scenario.providers["eye"]
    assert (eye.count, eye.modality) == (3, "fundoscopy")
    assert float(eye.weekly_volume) == pytest.approx((520 + 1045 + 7) / 3 / 52)


def test_a_scenario_that_extends_another_reads_the_file_beside_that_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(text)
    (tmp_path / "over.yaml").write_text("schema_version: 1\nextends: base.yaml\nname: over\nweeks: 3\n")
    assert load_scenario(tmp_path / "over.yaml").scenario.providers["eye"].count == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{file: people.csv, services: {eye: [92250]}}", "", "s.yaml:17:3: providers.from needs a file"),
        ("services:", "service:", "s.yaml:17:37: providers.from has no key 'service'\n"),
        ("{eye: [92250]}", "{eyes: [92250]}", "there are no providers 'eyes'"),
        ("[92250]", "92250", "it needs a list of the services that count"),
        ("[92250]", "[92251]", "people.csv:1: there is no column services_92251, which counts for eye"),
        ("file: people.csv", "file: absent.csv", "absent.csv: there is no such population file"),
        ("file: people.csv", "file: /etc/passwd", "s.yaml:17:9: providers.from: '/etc/passwd' lies outside the folder"),
        ("file: people.csv", "file: ../people.csv", "providers.from: '../people.csv' lies outside the folder"),
        ("file: people.csv", 'file: "a\\0b"', "lies outside the folder"),
        (
            "    coding_error_up",
            "    count: 3\n    coding_error_up",
            "providers.eye.count: the population file says it",
        ),
        ("providers:", "population: 3\nproviders:", "s.yaml:16:1: population is filled from the file"),
        (
            "  eye:\n",
            "  ear: {modality: fundoscopy, coding_error_up: 0, coding_error_down: 0}\n  eye:\n",
            "no provider of",
        ),
        ("payers.public.readers.capacity: 200", "population.rows: 3", "an arm cannot set 'population'"),
    ],
)
def test_one_message_with_the_place_of_what_is_wrong(load_text: Load, text: str, old: str, new: str, told: str) -> None:
    assert old in text
    with pytest.raises(ThreatsimError) as caught:
        load_text(text.replace(old, new, 1))
    assert told in str(caught.value)


@pytest.mark.parametrize("path", ["providers.from", "providers.eye.from", "providers.*.from", "population"])
@pytest.mark.parametrize("value", ["in/people.csv", {"file": "people.csv"}])
def test_an_override_names_no_file_but_what_is_told_instead_runs(
    small_text: str, tmp_path: Path, path: str, value: Any
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "small.yaml").write_text(small_text)
    with pytest.raises(ThreatsimError, match=rf"override {re.escape(path)}: a file of providers is named") as caught:
        load_scenario(tmp_path / "small.yaml", overrides={path: value})
    assert caught.value.hint is not None
    (tmp_path / "mine.yaml").write_text(caught.value.hint.partition(": ")[2])
    assert load_scenario(tmp_path / "mine.yaml").scenario.providers["eye"].count == 3


def test_an_editor_takes_such_a_scenario(text: str, small_text: str) -> None:
    validator = Draft202012Validator(json_schema())

    def refused(written: str) -> list[Any]:
        return [error.json_path for error in validator.iter_errors(compose(written).data)]

    assert refused(text) == refused(small_text) == []
    assert refused(small_text.replace(OF_ITSELF, ""))
    assert refused(text.replace("services: {", "service: {"))
