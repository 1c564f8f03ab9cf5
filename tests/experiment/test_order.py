"""A record sorts its keys; the order of specialties and tactics, on which the random streams depend, is kept beside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_world import scenario_data

from threatsim.experiment.record.assembly import inputs_of
from threatsim.experiment.record.order import lost_order, recorded_scenario
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.scenario.schema import Scenario

OLD = Path(__file__).parent / "old_report"


@pytest.fixture
def several() -> dict[str, Any]:
    """A scenario whose own names are not in the order of the alphabet."""
    data = scenario_data()
    group = data["providers"].pop("dermatologists")
    data["providers"] = {"zoster": group, "acne": group, "moles": group}
    data["tactics"] = dict(reversed(data["tactics"].items()))
    data["arms"][1]["set"] = {"payers.*.audit.random": 0.002, "law.damages": 3, "payers.public.audit.random": 0.1}
    return Scenario.model_validate(data).model_dump(mode="json")


def test_only_what_sorting_loses_is_kept(several: dict[str, Any]) -> None:
    assert lost_order(several) == {
        "providers": ["zoster", "acne", "moles"],
        "tactics": ["pgd_white_box", "code_only"],
        "arms/1/set": ["payers.*.audit.random", "law.damages", "payers.public.audit.random"],
    }
    assert lost_order(Scenario.model_validate(scenario_data()).model_dump(mode="json")) == {}


def test_a_record_that_was_written_and_read_gives_the_scenario_as_it_ran(
    several: dict[str, Any], record: RunRecord
) -> None:
    kept = record.model_copy(update={"scenario": several, "order": lost_order(several)})
    read = RunRecord.model_validate(json.loads(json.dumps(kept.model_dump(mode="json"), sort_keys=True)))
    assert list(read.scenario["providers"]) == ["acne", "moles", "zoster"]
    ran = Scenario.model_validate(recorded_scenario(read))
    assert ran.model_dump_json() == Scenario.model_validate(several).model_dump_json()  # text: order counts


def test_another_order_is_another_run(several: dict[str, Any], record: RunRecord) -> None:
    inputs = replace(inputs_of(record), scenario=several)
    ids = {replace(inputs, order=order).run_id for order in ({}, {"providers": ["a", "b"]}, {"providers": ["b", "a"]})}
    assert len(ids) == 3


def test_a_record_from_before_the_order_was_kept_has_it_from_its_results() -> None:
    record = read_record(OLD)
    assert record.order == {}
    assert list(record.scenario["providers"]) == ["dermatology", "ophthalmology", "radiology"]
    scenario = recorded_scenario(record, OLD)
    assert list(scenario["providers"]) == ["ophthalmology", "radiology", "dermatology"]
    assert list(scenario["modalities"]) == ["fundoscopy", "chest_xray", "dermoscopy"]
    assert list(scenario["tactics"])[:2] == ["code_only", "patch_natural"]
    assert scenario == record.scenario
