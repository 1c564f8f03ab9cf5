"""The library: every scenario is right, sourced, explained, and goes through the schema and back."""

from __future__ import annotations

import re

import pytest

from threatsim.common.library import library_folder
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.schema import Scenario

LIBRARY = library_folder("scenarios")
ASKED = {
    "insurance_upcoding",
    "dermatology_excisions",
    "radiology_unlocks_procedures",
    "ophthalmology_insurer_denial",
    "ophthalmology_lens_patch",
    "trial_endpoint",
    "teledermatology_rotation",
    "escalation_ladder",
    "medicare_advantage_risk_adjustment",
    "private_classifier",
    "national_year",
    "billing_code_combinations",
    "approve_alone",
    "wiser",
}


def test_every_arrangement_of_the_paper_is_there() -> None:
    assert set(scenario_names()) >= ASKED


@pytest.mark.parametrize("name", scenario_names())
def test_it_goes_through_the_schema_and_back(name: str) -> None:
    loaded = load_scenario(name)
    for arm in loaded.scenario.arms:
        scenario = resolve_arm(loaded, arm.name)
        assert Scenario.model_validate(scenario.model_dump(mode="json")) == scenario
        assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


@pytest.mark.parametrize("name", scenario_names())
def test_it_says_what_it_asks_how_real_it_is_and_where_numbers_come_from(name: str) -> None:
    scenario = load_scenario(name).scenario
    assert scenario.name == name
    assert scenario.question.rstrip().endswith("?")
    assert len(scenario.realism.split()) > 30
    for path, number in sourced_numbers(scenario):
        assert number.kind == "assumed" or len(number.source) > 8, path
        assert number.unit, path


@pytest.mark.parametrize("name", sorted(ASKED - {"national_year"}))
def test_it_expects_something_of_its_run(name: str) -> None:
    assert load_scenario(name).scenario.expect


@pytest.mark.parametrize("name", scenario_names())
def test_the_readme_lists_it(name: str) -> None:
    assert f"[`{name}`]({name}.yaml)" in (LIBRARY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(ASKED - {"national_year"}))
def test_it_names_the_steps_of_the_attack(name: str) -> None:
    """In the file itself, for whoever reads it; `threatsim atlas` derives the whole chain."""
    text = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
    assert len(set(re.findall(r"AML\.T[0-9]{4}(?:\.[0-9]{3})?", text))) >= 3
