"""The rows of controls on the picture: each is made and named as scenarios, records and exercises take it."""

from __future__ import annotations

import pytest

from threatsim.catalogue.atlas_ids import MITIGATIONS
from threatsim.catalogue.controls import CONTROLS, DETECTORS, SECTION_KEYS, ControlRow, control_of, label_of
from threatsim.scenario.sections.picture_controls import Detector, Integrity, PictureControl, controls_in


@pytest.mark.parametrize("row", CONTROLS.values(), ids=CONTROLS)
def test_every_control_is_made_and_has_an_id_of_atlas(row: ControlRow) -> None:
    assert callable(row.resolve())
    assert row.mitigation in MITIGATIONS
    assert row.key in Integrity.model_fields


@pytest.mark.parametrize("name", CONTROLS)
def test_a_label_leads_back_to_its_row(name: str) -> None:
    assert control_of(label_of(name, 0.015)) == CONTROLS[name]
    assert label_of(name, 0.015).endswith(", budget 1.5 %")
    assert control_of("Tea leaves, budget 1 %") is None


def test_each_key_of_a_scenario_is_a_control_with_a_row() -> None:
    section = Integrity.model_validate(
        {
            "duplicate_search": {"false_alarm": 0.01, "on_hit": "pend"},
            "same_patient": {"false_alarm": 0.01, "known": 0.5, "recognised": 0.25},
            "detector": {"kind": "density", "false_alarm": 0.02},
        }
    )
    found = {control.name: control for control in controls_in(section, None)}
    assert [CONTROLS[name].key for name in found] == list(SECTION_KEYS)
    assert all(isinstance(control, PictureControl) for control in found.values())
    assert [control.recognised_share for control in found.values()] == [1.0, 0.25, 0.0]
    assert [control.known_share is None for control in found.values()] == [True, False, True]


@pytest.mark.parametrize("kind", DETECTORS)
def test_a_detector_goes_by_its_kind(kind: str) -> None:
    assert Detector.model_validate({"kind": kind, "false_alarm": 0.1}).name == kind
    assert CONTROLS[kind].is_detector


@pytest.mark.parametrize("row", DETECTORS.values(), ids=DETECTORS)
def test_a_detector_is_tried_in_forms_that_are_there(row: ControlRow) -> None:
    assert all(callable(row.resolve(made)) for made in row.tried.values())
    assert ControlRow(name="x", title="X", text="X.", key="detector", does="X", implementation="a:b").tried == {
        "X": "a:b"
    }
