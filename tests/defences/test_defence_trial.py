from __future__ import annotations

import io

import pytest
import torch
from rich.console import Console
from torch import nn

from tests.defences.conftest import CPU, SIZE, cases_of, two_features
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.defence_trials.defence_figures import DefenceFigures
from threatsim.outcomes.defence_trials.defence_trial import DefenceCases, evaluate_defences
from threatsim.outcomes.defence_trials.defence_trial import stages as stages_of_a_trial
from threatsim.report.lab.defence_tables import print_defences


def figures_of(network: nn.Module, stages: list[str]) -> DefenceFigures:
    test = cases_of(200, seed=3)
    generator = torch.Generator().manual_seed(0)
    target = Target(network, CPU)
    threat_model = ThreatModel(target, target, {"white_box": torch.rand(2, 3, SIZE, SIZE, generator=generator)}, {})
    cases = DefenceCases(cases_of(300, seed=1), cases_of(200, seed=2), test, test.subset(list(range(24))))
    return evaluate_defences(
        "two features",
        network,
        threat_model,
        cases,
        budget=PixelBudget.grey_levels(60),
        steps=40,
        on_stage=stages.append,
    )


@pytest.fixture(scope="module")
def figures() -> DefenceFigures:
    stages: list[str] = []
    found = figures_of(two_features(), stages)
    assert len(stages) == stages_of_a_trial()
    return found


def test_detectors_hold_their_budget_and_collapse_before_who_knows_them(figures: DefenceFigures) -> None:
    rows = {row.detector: row for row in figures.detectors}
    assert len(rows) == 4
    for name in ("Mahalanobis, by class", "Kernel density"):
        row = rows[name]
        assert row.false_alarms.value is not None
        assert 0 < row.false_alarms.value < 0.12
        assert row.naive.turned.value == 1
        assert row.naive.succeeded.value == pytest.approx(0, abs=0.1)
        assert row.naive.auroc.value == pytest.approx(1, abs=0.02)
        assert row.adaptive.succeeded.value is not None
        assert row.adaptive.succeeded.value > 0.9
        assert row.adaptive.auroc.value is not None
        assert row.adaptive.auroc.value < 0.9
        assert row.adaptive.knows_detector
        assert not row.naive.knows_detector


def test_success_is_what_is_turned_and_not_flagged(figures: DefenceFigures) -> None:
    for row in figures.detectors:
        for against in (row.naive, row.adaptive):
            success, flagged, succeeded = against.turned.value, against.flagged.value, against.succeeded.value
            assert success is not None
            assert succeeded is not None
            assert succeeded == pytest.approx(success * (1 - (flagged or 0)))


def test_the_bare_classifier_falls_and_a_restoration_is_tried_against_both(figures: DefenceFigures) -> None:
    bare, *restored = figures.restorations
    assert bare.restoration == "none"
    assert bare.clean.value == 1
    assert bare.naive.value == 0
    assert bare.adaptive.value == 0
    for row in restored:
        assert row.adaptive.value is not None
        assert row.naive.value is not None
        assert row.adaptive.value <= row.naive.value + 0.05


def test_the_signature_passes_what_was_before_the_lens_and_nothing_else(figures: DefenceFigures) -> None:
    signed = [row for row in figures.controls if row.control == "Signed pixels"]
    alarms = {row.submission: row.alarms.value for row in signed}
    assert alarms == {
        "file as captured": 0,
        "PNG written anew": 0,
        "recompressed, JPEG 90": 1,
        "noise (PGD)": 1,
        "patch in the file": 1,
        "another patient's file": 1,
        "another patient pictured": 0,
        "patch on the lens": 0,
        "rotation at capture": 0,
    }
    assert all(row.alarms.value == 0 for row in signed if row.before_capture)
    file = {row.submission: row.alarms.value for row in figures.controls if row.control == "Signed file"}
    assert file["PNG written anew"] == 1


def test_duplicates_are_found_and_fresh_pictures_are_within_the_budget(figures: DefenceFigures) -> None:
    rows = {(row.control, row.submission): row.alarms.value for row in figures.controls}
    for control in ("Duplicates, phash", "Duplicates, dhash"):
        assert rows[control, "again, as it is"] == 1
        fresh = rows[control, "fresh picture"]
        assert fresh is not None
        assert fresh < 0.12


def test_the_figures_survive_json_and_the_tables_fit_into_80_columns(figures: DefenceFigures) -> None:
    assert DefenceFigures.model_validate_json(figures.model_dump_json()) == figures
    out = io.StringIO()
    print_defences(figures, Console(file=out, width=80, highlight=False))
    text = out.getvalue()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "…" not in text
    for words in ("adaptive", "patch on the lens *", "JPEG, quality 75", "Signed pixels"):
        assert words in text


def test_a_network_without_features_keeps_the_detector_that_needs_none() -> None:
    class Direct(nn.Module):
        """The same function, without a linear layer."""

        def __init__(self) -> None:
            super().__init__()
            body = two_features()
            self.first = nn.Parameter(body[1].weight.detach())
            self.bias = nn.Parameter(body[1].bias.detach())
            self.last = nn.Parameter(body[2].weight.detach())

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return (images.flatten(1) @ self.first.T + self.bias) @ self.last.T

    found = figures_of(Direct().eval(), [])
    assert [row.detector for row in found.detectors] == ["Feature squeezing"]
    assert any("no linear layer" in note for note in found.notes)


def test_an_attacker_without_a_patch_is_refused_in_words(network: nn.Module) -> None:
    target, cases = Target(network, CPU), cases_of(40, seed=1)
    with pytest.raises(ThreatsimError, match="no trained patch"):
        evaluate_defences("x", network, ThreatModel(target, target, {}, {}), DefenceCases(cases, cases, cases, cases))
