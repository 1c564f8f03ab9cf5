"""What is said of a folder is what is there: done, failed, missing, and whether a run is on."""

from __future__ import annotations

from pathlib import Path

import pytest
import stand_in_market
import worlds

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.durable import while_running
from threatsim.experiment.execution.figures_run import run_figures
from threatsim.experiment.execution.folder_state import STATE_NAME, cells_in, find_states, grouped, state_of
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.parts import MERGED
from threatsim.experiment.execution.sharding.shards import not_begun
from threatsim.experiment.replicates import run_replicates

PLAN = worlds.PointPlan()


def figures(folder: Path, simulate: object = stand_in_market.simulate, *, fail_fast: bool = False) -> None:
    run_figures(
        PLAN,
        worlds.TABLES,
        simulate,  # type: ignore[arg-type]
        worlds.cells(2, 4),
        folder=folder,
        executor=LocalExecutor(1),
        fail_fast=fail_fast,
    )


def test_a_failure_is_told_until_its_replicate_is_there(tmp_path: Path) -> None:
    figures(tmp_path / "kept", stand_in_market.simulate_with_fault)
    (state,) = find_states([tmp_path])
    assert (state.points, state.points_done) == (2, 0)
    assert (state.wanted, state.done, state.missing, state.running) == (16, 14, 0, False)
    assert set(state.failures) == {Cell(point, "audits_doubled", 3) for point in (0, 1)}
    assert all("ZeroDivisionError" in why for why in state.failures.values())
    figures(tmp_path / "kept")
    state = state_of(tmp_path / "kept")
    assert (state.points_done, state.done, state.failures) == (2, 16, {})


def test_what_is_damaged_is_missing(tmp_path: Path) -> None:
    figures(tmp_path)
    file = tmp_path / MERGED
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert state_of(tmp_path).missing == 16


def test_a_run_that_stops_at_a_failure_has_told_of_it(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="ZeroDivisionError"):
        figures(tmp_path, stand_in_market.simulate_with_fault, fail_fast=True)
    state = state_of(tmp_path)
    assert len(state.failures) == 1
    assert state.done + state.missing == 15


def test_whole_replicates_are_counted_as_figures_are(tmp_path: Path) -> None:
    cell = Cell(0, "baseline", 0)
    run_replicates(
        {"baseline": PLAN.scenario_of(cell)},
        worlds.TABLES["all"],
        stand_in_market.simulate,
        replicates=3,
        seed=7,
        inputs_fingerprint="ab" * 32,
        folder=tmp_path,
    )
    (tmp_path / "baseline-00001.replicate").unlink()
    state = state_of(tmp_path)
    assert (state.points, state.wanted, state.done, state.missing) == (1, 3, 2, 1)


def test_a_run_is_on_as_long_as_one_of_several_is(tmp_path: Path) -> None:
    figures(tmp_path)
    with while_running(tmp_path):
        with while_running(tmp_path):
            assert state_of(tmp_path).running
        assert state_of(tmp_path).running
    assert state_of(tmp_path).running is False


def test_cells_in_short_are_the_cells() -> None:
    cells = [*worlds.cells(3, 5), Cell(7, "baseline", 9), Cell(7, "baseline", 11)]
    groups = grouped(cells)
    assert [group["points"] for group in groups] == [[0, 1, 2], [7]]
    assert sorted(cells_in(groups)) == sorted(cells)


def test_shards_without_a_folder_are_not_begun() -> None:
    folders = [Path("a/shard-0001-of-0003"), Path("b/shard-0003-of-0003"), Path("reports/x/.points")]
    assert not_begun(folders) == ["2/3"]


def test_folders_that_tell_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        find_states([tmp_path / "none"])
    with pytest.raises(InputError, match="no run has begun here"):
        find_states([tmp_path])
    (tmp_path / STATE_NAME).write_text('{"plan": 3}')
    with pytest.raises(InputError, match="is damaged"):
        find_states([tmp_path])
