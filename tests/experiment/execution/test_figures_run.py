"""Figures are the same wherever they are simulated, and none is lost or there twice, whatever happens."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_world
import stand_in_market
import worlds

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.durable import sum_of
from threatsim.experiment.execution.figure_rows import figures_of, result_of
from threatsim.experiment.execution.figures_run import CellDone, FiguresRun, FiguresWork, run_figures
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.merged_file import content_hash, merge
from threatsim.experiment.execution.parts import Parts, cells_of
from threatsim.market.exact_tables import exact_tables
from threatsim.market.simulation import simulate as simulate_market

PLAN = worlds.PointPlan()


def run(folder: Path, cells: Sequence[Cell] | None = None, workers: int = 1, **changes: Any) -> FiguresRun:
    given: dict[str, Any] = {"folder": folder, "executor": LocalExecutor(workers)}
    simulate = changes.pop("simulate", stand_in_market.simulate)
    return run_figures(PLAN, worlds.TABLES, simulate, cells or worlds.cells(), **(given | changes))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> FiguresRun:
    return run(tmp_path_factory.mktemp("whole"))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_the_file_does_not_depend_on_the_workers_nor_on_the_order_of_the_cells(
    whole: FiguresRun, tmp_path: Path
) -> None:
    assert cells_of(whole.table) == sorted(worlds.cells())
    split = run(tmp_path, worlds.cells()[::-1], workers=3)
    assert split.file.read_bytes() == whole.file.read_bytes()
    assert files(tmp_path) == ["figures.parquet", "figures.parquet.sha256"]


def test_a_row_is_the_replicate(whole: FiguresRun) -> None:
    row = whole.table.slice(25, 1).to_pylist()[0]
    cell = sorted(worlds.cells())[25]
    given = stand_in_market.simulate(
        PLAN.scenario_of(cell), worlds.TABLES["all"], arm=cell.arm, replicate=cell.replicate, seed=7
    )
    found = result_of(row)
    np.testing.assert_equal(dict(found.outcomes), dict(given.outcomes))
    np.testing.assert_equal(dict(found.tactics), dict(given.tactics))
    assert (found.payers, found.accounts) == (given.payers, given.accounts)


def test_a_real_market_comes_back_with_its_denominators() -> None:
    scenario = worlds.SCENARIO
    given = simulate_market(scenario, exact_tables(scenario), arm="baseline", replicate=1, seed=1, sample_rate=0.0)
    assert given.denominators
    assert given.tactic_denominators
    found = result_of({"point": 0, "arm": "baseline", "replicate": 1, **figures_of(given)})
    for name in ("outcomes", "tactics", "payers", "accounts"):
        np.testing.assert_equal(dict(getattr(found, name)), dict(getattr(given, name)))
    assert found.denominators == given.denominators
    assert found.tactic_denominators == given.tactic_denominators
    assert found.payer_denominators == given.payer_denominators


def test_a_wider_design_only_adds(whole: FiguresRun, tmp_path: Path) -> None:
    run(tmp_path, worlds.cells(points=1, replicates=6))
    told: list[CellDone] = []
    widened = run(tmp_path, progress=told.append)
    assert widened.file.read_bytes() == whole.file.read_bytes()
    assert sum(done.resumed for done in told) == 12
    assert [done.done for done in told] == list(range(1, 41))
    narrow = run(tmp_path, worlds.cells(points=1, replicates=3))
    assert cells_of(narrow.table) == sorted(worlds.cells(points=1, replicates=3))


def test_workers_that_are_killed_cost_nothing(whole: FiguresRun, tmp_path: Path) -> None:
    found = run(tmp_path / "kept", workers=3, simulate=worlds.KilledOnce(tmp_path))
    assert found.failures == {}
    assert found.file.read_bytes() == whole.file.read_bytes()


def test_what_fits_the_memory_alone_is_simulated_alone(whole: FiguresRun, tmp_path: Path) -> None:
    found = run(tmp_path / "kept", workers=2, simulate=worlds.KilledBesideOthers(tmp_path))
    assert found.failures == {}
    assert found.file.read_bytes() == whole.file.read_bytes()


def test_a_limit_of_open_files_is_raised_for_workers(whole: FiguresRun, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Enough for three workers.
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/dev/fd").iterdir())) + 30, hard))
    try:
        found = run(tmp_path, workers=12)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found.file.read_bytes() == whole.file.read_bytes()


def test_no_more_workers_start_than_files_may_be_open() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200));"
        "from threatsim.experiment.execution.capacity import most_workers; print(most_workers())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True).stdout
    assert 1 <= int(told) <= 200 // 8


def test_a_replicate_that_kills_is_named_and_the_rest_goes_on(whole: FiguresRun, tmp_path: Path) -> None:
    found = run(tmp_path, workers=2, simulate=worlds.dying_at_one)
    killers = {Cell(point, "baseline", 3) for point in (0, 1)}
    assert found.failures.keys() == killers
    assert all("died" in message for message in found.failures.values())
    assert set(cells_of(found.table)) == set(worlds.cells()) - killers
    assert run(tmp_path).file.read_bytes() == whole.file.read_bytes()


def test_a_replicate_without_end_is_given_up(tmp_path: Path) -> None:
    cells = [Cell(0, "baseline", replicate) for replicate in range(5)]
    found = run(tmp_path, cells, simulate=worlds.endless_at_one, executor=LocalExecutor(2, time_limit=4.0))
    assert list(found.failures) == [Cell(0, "baseline", 3)]
    assert all("longer than 4 s" in message for message in found.failures.values())
    assert found.table.num_rows == 4


def test_fail_fast_stops_and_keeps(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="replicate 3 of arm 'audits_doubled' failed: ZeroDivisionError"):
        run(tmp_path, worlds.cells(1, 4), simulate=stand_in_market.simulate_with_fault, fail_fast=True)
    found = run(tmp_path, worlds.cells(1, 4), simulate=stand_in_market.simulate_with_fault)
    assert list(found.failures) == [Cell(0, "audits_doubled", 3)]
    assert found.table.num_rows == 7


def in_parts(folder: Path, cells: Sequence[Cell]) -> list[Path]:
    """Lay parts of four cells each, as batches leave them."""
    work = FiguresWork(PLAN, worlds.TABLES, stand_in_market.simulate, Parts(folder, PLAN.hash))
    for first in range(0, len(cells), 4):
        work.do(cells[first : first + 4])
    return Parts(folder, PLAN.hash).paths()


@pytest.mark.parametrize("damage", ["bit", "cut", "no sum", "another's sum"])
def test_a_damaged_part_is_simulated_again(damage: str, whole: FiguresRun, tmp_path: Path) -> None:
    paths = in_parts(tmp_path, worlds.cells())
    content = bytearray(paths[3].read_bytes())
    if damage == "bit":
        content[len(content) // 3] ^= 16
        paths[3].write_bytes(content)
    elif damage == "cut":
        paths[3].write_bytes(content[:-10])
    elif damage == "no sum":
        sum_of(paths[3]).unlink()
    else:
        sum_of(paths[3]).write_bytes(sum_of(paths[4]).read_bytes())
    told: list[CellDone] = []
    assert run(tmp_path, progress=told.append).file.read_bytes() == whole.file.read_bytes()
    assert sum(not done.resumed for done in told) == 4


def test_a_damaged_merged_file_is_simulated_again(whole: FiguresRun, tmp_path: Path) -> None:
    file = run(tmp_path).file
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    assert run(tmp_path).file.read_bytes() == whole.file.read_bytes()


def test_parts_of_another_plan_are_left_alone(tmp_path: Path) -> None:
    other = Parts(tmp_path, "cd" * 32)
    other.save({Cell(0, "baseline", 0): {"outcome/payer_loss": 1.0}})
    assert run(tmp_path).table.num_rows == 40
    assert [cells for _, cells in other.cells()] == [[Cell(0, "baseline", 0)]]


def test_cells_that_stand_twice_stand_once_in_the_end(whole: FiguresRun, tmp_path: Path) -> None:
    in_parts(tmp_path, worlds.cells())
    in_parts(tmp_path, sorted(worlds.cells())[2:])
    assert merge(Parts(tmp_path, PLAN.hash)).read_bytes() == whole.file.read_bytes()


def test_the_content_hash_is_of_what_a_table_holds(whole: FiguresRun) -> None:
    import pyarrow as pa

    table = whole.table
    again = pa.concat_tables([table.slice(0, 7), table.slice(7)])
    assert content_hash(again) == content_hash(table)
    column = table.column("outcome/payer_loss").to_pylist()
    column[3] = np.nextafter(column[3], 1e9)
    index = table.column_names.index("outcome/payer_loss")
    assert content_hash(table.set_column(index, "outcome/payer_loss", pa.array(column))) != content_hash(table)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for workers in (1, 2):
        with pytest.raises(ThreatsimError, match="cannot keep finished replicates"):
            run(tmp_path / "file" / "kept", workers=workers)


def start(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    paths = [str(Path(__file__).parent), str(Path(small_world.__file__).parent)]
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killable_run.py")), str(folder), str(workers)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def test_a_run_killed_at_random_moments_ends_as_an_undisturbed_one(whole: FiguresRun, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for _ in range(2):
        process = start(tmp_path, 3)
        deadline = time.monotonic() + 60
        while not any(tmp_path.glob("part-*.parquet")) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 0.4)))
        process.send_signal(signal.SIGKILL)
        process.wait()
    for begun in tmp_path.glob("part-*.sha256"):  # a process that was killed before the part itself
        os.utime(begun, (0, 0))
    assert run(tmp_path, workers=2).file.read_bytes() == whole.file.read_bytes()
    assert files(tmp_path) == ["figures.parquet", "figures.parquet.sha256"]


def test_two_runs_in_one_folder_at_once(whole: FiguresRun, tmp_path: Path) -> None:
    both = [start(tmp_path, workers) for workers in (1, 2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert (tmp_path / "figures.parquet").read_bytes() == whole.file.read_bytes()
    assert files(tmp_path) == ["figures.parquet", "figures.parquet.sha256"]
