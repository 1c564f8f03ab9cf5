"""The transfer grid with surrogates that need no training: the victim itself, and a network that has learnt nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rich.console import Console

from threatsim.classifiers.network import build
from threatsim.classifiers.store import shipped
from threatsim.outcomes.lab.transfer_grid import GRID, transfer_grid
from threatsim.outcomes.making import surrogate_training
from threatsim.report.terminal.progress_bars import TerminalProgress

CPU = torch.device("cpu")


def test_the_grid_spans_architecture_data_and_start() -> None:
    assert len(GRID) == len({kind.label() for kind in GRID}) == 12
    assert GRID[0].model_dump() == {"architecture": "same", "data": "same", "start": "pretrained"}


def test_a_copy_transfers_as_the_white_box_and_an_untrained_network_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    folder = shipped("dermoscopy")

    def stand_in(folder_: object, kind: object, **more: object) -> tuple[torch.nn.Module, str]:
        if kind == GRID[0]:
            return folder.load("victim", CPU)[0], "copy"
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return build(folder.card.network).eval().requires_grad_(False), "untrained"

    monkeypatch.setattr(surrogate_training, "surrogate_of", stand_in)
    progress = TerminalProgress(Console(stderr=True), quiet=True)
    grid = transfer_grid("dermoscopy", cases=12, kinds=(GRID[0], GRID[-1]), device=CPU, progress=progress)
    white, shuffled, copy, untrained = grid.rows
    areas = {row.source: [cell.auroc.value or 0 for cell in row.cells] for row in grid.rows}
    assert areas[copy.source][0] == pytest.approx(areas[white.source][0], abs=0.05)
    assert grid.clean_auroc.value is not None
    assert areas[shuffled.source][0] > grid.clean_auroc.value - 0.1
    assert areas[untrained.source][0] > areas[copy.source][0] + 0.3
    assert [cell.attack for cell in white.cells] == ["PGD 0.02", "momentum 0.02", "PGD 0.06", "momentum 0.06"]
