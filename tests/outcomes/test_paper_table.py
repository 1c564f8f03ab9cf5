"""The table and its curve on the shipped weights, few cases; and on real images where they are at hand."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from threatsim.cases.archive import archive_of
from threatsim.classifiers.store import shipped
from threatsim.common.thresholds import threshold_at
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.lab.paper_table import classifier_table
from threatsim.outcomes.lab.paper_table_run import PaperTables
from threatsim.outcomes.lab.pgd_curve import CurveOfPGD, curve_of_pgd
from threatsim.outcomes.making.attacker import AttackedClassifier, subject_of, threat_model_of
from threatsim.outcomes.published.finlayson import TABLE_1
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET, paper_attacks
from threatsim.report.lab.attack_charts import curve_files, panel_of_pgd
from threatsim.report.lab.paper_table_lines import print_tables
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.statistics.estimate import Estimate

PLACE = Path(os.environ.get("THREATSIM_IMAGES") or Path(__file__).parents[3] / "shared" / "data")
CPU = torch.device("cpu")
QUIET = TerminalProgress(Console(stderr=True), quiet=True)


def subject(cases: int) -> AttackedClassifier:
    return subject_of("dermoscopy", None, cases=cases, device=CPU, progress=QUIET)


def test_the_adversary_stands_at_the_card_s_operating_point_with_images_to_train_on() -> None:
    found = subject(4)
    scores, labels = found.folder.calibration()
    card = found.folder.card
    assert found.threat_model.threshold == threshold_at(scores, labels, **card.operating_point.model_dump())
    training = found.threat_model.training
    assert training is not None
    assert training.draw(3).shape == (3, 3, 64, 64)
    assert len(training.draw(3)) == 3


def test_the_rows_measure_what_they_say() -> None:
    found, bank = subject(16), OutcomeBank(None)
    attacks = {name: paper_attacks()[name] for name in ("patch_natural", "patch_white_box")}
    table = classifier_table(found, attacks, bank)
    assert [row.input for row in table.rows] == ["clean", *attacks]
    clean, natural, patched = table.rows
    assert clean.one_directional_success.n == 0
    assert patched.one_directional_success.n == natural.one_directional_success.n == table.eligible
    assert patched.paper is not None
    assert patched.paper.accuracy == TABLE_1["dermoscopy"]["patch_white_box"].accuracy
    assert (clean.accuracy.value or 0) > (patched.accuracy.value or 0)
    assert [(c.above, c.below) for c in table.comparisons("accuracy")] == [("clean", "patch_natural")]


def check(curve: CurveOfPGD, n: int) -> None:
    assert curve.n == n
    assert curve.levels[0] == 1
    assert 2 in curve.levels
    assert len(curve.shuffled) == len(curve.levels)
    assert (curve.shuffled[0].value or 0) <= (curve.wrong[-1].value or 0)
    for series in (curve.wrong, curve.lifted):
        values = [estimate.value or 0 for estimate in series]
        assert values == sorted(values)
    drawn = curve_files([panel_of_pgd(curve, 2)])
    assert b"The paper, 224 pixels" in drawn["curve.svg"]
    assert drawn["curve.png"].startswith(b"\x89PNG")


def test_the_curve_rises_and_marks_the_paper_s_point() -> None:
    check(curve_of_pgd(subject(8), PAPER_BUDGET, OutcomeBank(None), QUIET), 8)


@pytest.mark.skipif(not PLACE.is_dir(), reason=f"no real archives in {PLACE}")
def test_real_images_go_through_table_curve_and_terminal() -> None:
    archive = archive_of(PLACE, "dermoscopy")
    folder = shipped("dermoscopy")  # trained on drawings: what is asserted is the way, not the figures
    rows = np.r_[np.flatnonzero(archive.test.labels == 0)[:6], np.flatnonzero(archive.test.labels == 1)[:6]]
    threat_model = threat_model_of(folder, archive, CPU)
    assert threat_model.training is not None
    assert archive.fingerprint in threat_model.training.fingerprint
    assert len(threat_model.training.draw(5)) == 5
    found, bank = AttackedClassifier(folder, threat_model, archive.test.subset(rows)), OutcomeBank(None)
    table = classifier_table(found, {"patch_white_box": paper_attacks()["patch_white_box"]}, bank)
    curve = curve_of_pgd(found, PAPER_BUDGET, bank, QUIET)
    check(curve, 12)
    console = Console(width=80, record=True, file=io.StringIO())
    print_tables(PaperTables((table,), (curve,), PAPER_BUDGET), console, folder=None)
    text = console.export_text()
    assert "12 real test images" in text
    assert "the paper, 224 pixels" in text


def test_a_point_of_the_curve_is_drawn_for_every_budget() -> None:
    half = Estimate(value=0.5, low=0.4, high=0.6, n=10)
    curve = CurveOfPGD(
        modality="fundoscopy", n=10, levels=(1, 2, 4), wrong=(half,) * 3, shuffled=(half,) * 3, lifted=(half,) * 3
    )
    panel = panel_of_pgd(curve, 2)
    assert {len(points) for points in panel.series.values()} == {3}
    assert panel.paper == (pytest.approx(2.55), 1.0)
