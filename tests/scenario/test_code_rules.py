"""Scenarios of claim codes: what goes together with them and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from threatsim.catalogue.attacks import ATTACKS
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import find_scenario
from threatsim.scenario.rules.code_rules import code_clashes


def mapping(attack: str, *modalities: str) -> dict[str, Any]:
    return {"modalities": {key: {} for key in modalities}, "tactics": {"one": {"attack": attack}}}


def test_the_shipped_scenario_is_of_codes_alone() -> None:
    scenario = load_scenario("billing_code_combinations").scenario
    assert list(scenario.modalities) == ["claim_codes"]
    assert {tactic.attack for tactic in scenario.tactics.values()} == {"none", "code_swap"}
    assert {tactic.access for tactic in scenario.tactics.values()} == {"none", "queries", "black_box", "white_box"}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_an_attack_fits_images_or_codes(attack: str) -> None:
    on_codes, on_images = code_clashes(mapping(attack, "claim_codes")), code_clashes(mapping(attack, "fundoscopy"))
    if attack == "none":
        assert not on_codes
        assert not on_images
    else:
        assert bool(on_codes) != bool(on_images)
        assert bool(on_images) == (attack == "code_swap")
        assert (on_codes + on_images)[0].path == ("tactics", "one", "attack")


def test_a_scenario_is_about_images_or_codes() -> None:
    (clash,) = code_clashes(mapping("pgd", "fundoscopy", "claim_codes"))
    assert clash.path == ("modalities", "claim_codes")
    assert "write two" in clash.text
    assert code_clashes({}) == code_clashes({"modalities": "x", "tactics": 3}) == []


def test_controls_on_the_picture_need_images() -> None:
    payer = {"integrity": {"detector": {"kind": "gaussian", "false_alarm": 0.05}}}
    (clash,) = code_clashes(mapping("none", "claim_codes") | {"payers": [payer]})
    assert clash.path == ("payers", 0, "integrity", "detector")
    assert code_clashes(mapping("none", "fundoscopy") | {"payers": [payer]}) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "    attack: code_swap\n    access: none",
            "    attack: substitution\n    access: none",
            "claim_codes has none",
        ),
        ("    access: white_box\n", "    access: white_box\n    queries: 5\n", "only with access: queries"),
        ("    access: white_box\n", "    access: white_box\n    epsilon: 0.02\n", "does not use it"),
    ],
)
def test_mistakes_are_named_in_the_file(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = find_scenario("billing_code_combinations").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=expected):
        load_scenario(str(file))


def test_its_numbers_are_written_in_full() -> None:
    data = YAML(typ="safe", pure=True).load(find_scenario("billing_code_combinations").read_text(encoding="utf-8"))
    for payer in data["payers"]:
        assert {"value", "unit", "kind"} <= set(payer["audit"]["sensitivity"])


def test_codes_are_claimed_for_presence_only() -> None:
    data = mapping("code_swap", "claim_codes")
    data["modalities"]["claim_codes"] = {"claim_for": "absence"}
    [clash] = code_clashes(data)
    assert clash.path == ("modalities", "claim_codes", "claim_for")
