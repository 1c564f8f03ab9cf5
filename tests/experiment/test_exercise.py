"""The ATLAS chain that is derived from a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from threatsim.catalogue.atlas_ids import TACTICS, TECHNIQUES
from threatsim.experiment.atlas.exercise import Exercise, exercise_of
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

SMALL = Path(__file__).parents[1] / "scenario" / "small.yaml"
COSTS = {"setup_cost": 100, "cost_per_claim": 1}
Derive = Callable[..., Exercise]


@pytest.fixture
def derive(tmp_path: Path) -> Derive:
    """The case study of the small scenario with one altering tactic, `trick`, and other changes."""

    def make(tactic: Mapping[str, Any] | None, change: Callable[[dict[str, Any]], None] | None = None) -> Exercise:
        data = YAML(typ="safe").load(SMALL)
        data["tactics"] = {"code_only": {"attack": "none", **COSTS}}
        if tactic is not None:
            data["tactics"]["trick"] = {**tactic, **COSTS}
        if change:
            change(data)
        path = tmp_path / "s.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(data, file)
        return exercise_of(load_scenario(path))

    return make


def ids(exercise: Exercise) -> list[str]:
    return [step.technique.removeprefix("AML.") for step in exercise.steps]


PGD = {"attack": "pgd", "epsilon": 0.02, "step": 0.01, "steps": 20}
HARM = ["T0048.000", "T0048.003"]


@pytest.mark.parametrize(
    ("tactic", "chain"),
    [
        (None, HARM),
        ({"attack": "substitution"}, ["T0043.003", "T0015"]),
        ({**PGD, "access": "white_box"}, ["T0016.000", "T0044", "T0043.000", "T0015"]),
        ({**PGD, "access": "black_box"}, ["T0016.000", "T0005.000", "T0043.002", "T0015"]),
        (
            {"attack": "square", "access": "queries", "epsilon": 0.05, "queries": 1500},
            ["T0016.000", "T0047", "T0043.001", "T0042", "T0015"],
        ),
        ({"attack": "rotation", "angle": 10}, ["T0041", "T0043.003", "T0015"]),
        (
            {"attack": "lens_patch", "access": "white_box", "scale": 0.3},
            ["T0016.000", "T0008.003", "T0044", "T0041", "T0043.000", "T0015"],
        ),
        ({"attack": "captures", "access": "queries", "captures": 3}, ["T0047", "T0041", "T0043.001", "T0042", "T0015"]),
    ],
)
def test_a_tactic_comes_to_its_techniques(derive: Derive, tactic: dict[str, Any] | None, chain: list[str]) -> None:
    assert [found for found in ids(derive(tactic)) if found not in HARM] == [one for one in chain if one not in HARM]


def test_what_nobody_can_have_is_no_step(derive: Derive) -> None:
    def nobody(data: dict[str, Any]) -> None:
        data["conduct"] |= {"white_box_share": 0, "black_box_share": 0}

    def for_sale(data: dict[str, Any]) -> None:
        nobody(data)
        data["conduct"]["acquire"] = {"white_box": 5000}

    assert ids(derive({**PGD, "access": "white_box"}, nobody)) == HARM
    bought = derive({**PGD, "access": "white_box"}, for_sale)
    assert "T0044" in ids(bought)
    assert "5,000 USD" in next(step.does for step in bought.steps if step.technique == "AML.T0044")


def test_what_is_not_available_is_a_step_only_where_an_arm_opens_it(derive: Derive) -> None:
    tactic = {**PGD, "access": "black_box", "available": False}

    def opened(data: dict[str, Any]) -> None:
        data["arms"][1]["set"] = {"tactics.trick.available": True}

    assert ids(derive(tactic)) == HARM
    craft = next(step.does for step in derive(tactic, opened).steps if step.technique == "AML.T0043.002")
    assert craft.startswith("trick (in arm more_audits): ")


def test_a_payer_that_suppresses_is_an_actor_with_its_own_classifier(derive: Derive) -> None:
    def suppress(data: dict[str, Any]) -> None:
        data["conduct"] |= {"white_box_share": 0, "care_delivered": 0}
        data["payers"][1]["suppression"] = {"tactic": "trick", "share": 0.1, "reviewed": 0, "penalty": 0}

    exercise = derive({**PGD, "access": "white_box"}, suppress)
    text = {step.technique: step.does for step in exercise.steps}
    assert "private" in exercise.actor
    assert text["AML.T0044"] == "private attacks its own classifier."
    assert "by private" in text["AML.T0043.000"]
    assert "denied care" in text["AML.T0048.003"]
    assert "without the finding" not in text["AML.T0015"]


def test_what_only_an_arm_has_is_said_with_its_name(derive: Derive) -> None:
    def arm(data: dict[str, Any]) -> None:
        data["arms"][1]["set"] = {
            "payers.private.suppression": {"tactic": "trick", "share": 0.1, "reviewed": 0, "penalty": 0},
            "payers.public.integrity.hash_at_capture": True,
        }

    exercise = derive({"attack": "substitution"}, arm)
    craft = next(step.does for step in exercise.steps if step.technique == "AML.T0043.003")
    assert craft.startswith("trick: ")
    assert "trick (by private, in arm more_audits): " in craft
    assert ("AML.M0015", "Images signed at capture: public in arm more_audits.") in [
        (control.mitigation, control.does) for control in exercise.controls
    ]


def test_controls_come_to_mitigations(derive: Derive) -> None:
    def controls(data: dict[str, Any]) -> None:
        data["payers"][0]["adaptation"] = {"harden": {"after_findings": 3}}
        for payer in data["payers"]:
            payer["audit"] = {**payer["audit"], "random": 0, "targeted": 0}
        data["arms"][1]["set"] = {"payers.public.readers.capacity": 200}

    assert [control.mitigation for control in derive(None).controls] == ["AML.M0024"]
    assert [control.mitigation for control in derive(None, controls).controls] == ["AML.M0003"]


def test_the_authors_words_replace_and_augment(derive: Derive) -> None:
    def worded(data: dict[str, Any]) -> None:
        data["atlas"] = {
            "actor": "A chain of clinics",
            "summary": "Clinics upcode.",
            "chain": [
                {"technique": "AML.T0043.003", "does": "It sends another patient's image."},
                {"technique": "AML.T0003", "does": "It reads the payer's coverage policy."},
                {"technique": "AML.T0015", "tactic": "AML.TA0007", "does": "The check is passed."},
            ],
        }

    exercise = derive({"attack": "substitution"}, worded)
    assert exercise.actor == "A chain of clinics"
    assert exercise.summary == "Hypothetical, simulated with threatsim. Clinics upcode."
    assert exercise.target.startswith("Image classifiers")
    own = {step.technique: step for step in exercise.steps if step.origin == "author"}
    assert own["AML.T0043.003"].does == "It sends another patient's image."
    assert own["AML.T0015"].tactic == "AML.TA0007"
    assert sorted(ids(exercise)) == sorted(["T0003", "T0015", "T0043.003", *HARM])
    assert exercise.steps[0].technique == "AML.T0003"


@pytest.mark.parametrize("name", scenario_names())
def test_every_step_of_the_library_is_a_technique_under_a_tactic_of_its_own(name: str) -> None:
    exercise = exercise_of(load_scenario(name))
    order = list(TACTICS)
    places = [order.index(step.tactic) for step in exercise.steps]
    assert places == sorted(places)
    assert all(step.tactic in TECHNIQUES[step.technique].tactics for step in exercise.steps)
    assert all(step.does.endswith(".") for step in exercise.steps)
