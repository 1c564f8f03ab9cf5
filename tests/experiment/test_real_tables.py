"""The tables of outcomes on photographs that ship: they fit their weights, and hold what the flagship asks of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from threatsim.classifiers.store import ClassifierFolder, open_classifier
from threatsim.experiment.outcome_tables import verify_as_requested
from threatsim.experiment.preparation import points_of
from threatsim.experiment.tactics import attacks_of
from threatsim.outcomes.bank.filling import outcome_inputs
from threatsim.outcomes.bank.kept_table import TABLE_NAME, has_table, read_table
from threatsim.outcomes.making.attacker import threat_model_of
from threatsim.outcomes.preparation.images import ImageVictim
from threatsim.outcomes.preparation.prepared import on_image
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario

PACKAGE = Path(__file__).parents[2] / "packages" / "threatsim-real" / "threatsim_real" / "classifiers"
PLACE = Path(os.environ.get("THREATSIM_IMAGES_224") or Path(__file__).parents[3] / "shared" / "data224")
CPU = torch.device("cpu")
LEAST_NEGATIVES = 20

FOLDERS = [open_classifier(card.parent) for card in sorted(PACKAGE.glob("*/card.yaml")) if has_table(card.parent)]
shipped_tables = pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.card.name)


class Quiet:
    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda finished: None)

    def note(self, text: str) -> None:
        pass


@shipped_tables
def test_it_holds_every_attack_of_the_flagship_at_the_operating_point_that_is_hardest(folder: ClassifierFolder) -> None:
    table = read_table(folder.path / TABLE_NAME)
    loaded = load_scenario("insurance_upcoding")
    points = points_of([resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms])
    threat_model = table.seen_by(threat_model_of(folder, None, CPU))
    aimed = ImageVictim(folder, threat_model).at_highest_threshold(points, absence=False).threat_model
    held = {column.inputs for column in table.record.columns}
    wanted = {
        name: outcome_inputs(aimed, table.cases, spec, 0)
        for name, spec in attacks_of(loaded.scenario).items()
        if on_image(spec)
    }
    assert [name for name, inputs in wanted.items() if inputs not in held] == []
    assert outcome_inputs(aimed, table.cases, None, 0) in held


@shipped_tables
def test_its_pictures_are_those_of_the_test_part_that_the_weights_were_measured_on(folder: ClassifierFolder) -> None:
    table = read_table(folder.path / TABLE_NAME)
    assert table.record.source == folder.figures.images
    assert len(set(table.cases.case_ids)) == table.record.images <= table.record.tested
    labels = table.cases.labels
    assert min((labels == 0).sum(), (labels == 1).sum()) >= LEAST_NEGATIVES
    for column in table.record.columns:
        scores = table.columns[column.name].astype(float)
        assert ((scores >= 0) & (scores <= 1)).all()
        wrong = (scores >= table.record.threshold) != (labels == 1)
        np.testing.assert_array_equal(wrong, table.columns[column.wrong])


@shipped_tables
@pytest.mark.skipif(not PLACE.is_dir(), reason=f"no photographs of 224 pixels in {PLACE}")
def test_rows_computed_from_the_photographs_are_the_table_s(folder: ClassifierFolder) -> None:
    checks = verify_as_requested(str(folder.path), PLACE, rows=16, device=CPU, progress=Quiet())
    assert [check for check in checks if check.state == "differs"] == []
    assert sum("16 of 16" in check.detail for check in checks) >= 6
