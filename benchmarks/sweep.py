"""What it costs to keep figures safe: many replicates against their bare simulation, memory, disk, empty batches.

Scores come from two normal distributions, so no image is attacked; a year of 300 providers stands for a market. Times
are CPU seconds of all processes together, workers, parent and the process that workers are forked from, so that other
work on the machine changes them little; wall seconds are told beside them. Run it with

    OMP_NUM_THREADS=1 python benchmarks/sweep.py [--cpu-seconds 240] [--json]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import multiprocessing.forkserver
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from market import scaled, score_table

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.dask_cluster import DaskExecutor
from threatsim.experiment.execution.executor import Executor, Finished, Outcome, Work
from threatsim.experiment.execution.figures_run import FiguresRun, run_figures
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

ARM = "baseline"
_TICKS = os.sysconf("SC_CLK_TCK")


@cache
def year() -> Scenario:
    """Return the flagship's 300 providers in one year without burn-in."""
    return scaled(load_scenario("insurance_upcoding").scenario, 300, 52, 1.0)


@cache
def tables() -> dict[str, OutcomeTable]:
    return {name: score_table(name, list(year().tactics)) for name in year().modalities}


@dataclass(frozen=True)
class Year:
    """A plan of one point and one arm."""

    hash: str = "5e" * 32
    seed: int = 1

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the year."""
        return year()

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the only tables."""
        return "all"


@cache
def _one() -> ReplicateResult:
    return simulate(year(), tables(), arm=ARM, replicate=0, seed=1, sample_rate=0.0)


def nothing(scenario: Scenario, given: Any, *, arm: str, replicate: int, **_: Any) -> ReplicateResult:
    """Give the figures of one market, simulated once a process, as those of every replicate."""
    one = _one()
    return ReplicateResult(**{**vars(one), "arm": arm, "replicate": replicate})


@dataclass(frozen=True)
class Clocked:
    """A work that writes down how long its process has computed, whenever it has done a batch."""

    work: Work
    folder: Path
    batch_seconds: float
    batch_cells: int

    def preload(self) -> Sequence[str]:
        """Return this module, and what the work needs."""
        return (__name__, *self.work.preload())

    def do(self, cells: Sequence[Cell]) -> list[Outcome]:
        """Do the work, and write down the time."""
        found = self.work.do(cells)
        (self.folder / f"{os.getpid()}").write_text(str(time.process_time()))
        return found


@dataclass(frozen=True)
class ClockedExecutor:
    """An executor whose workers write down how long they have computed."""

    executor: Executor
    folder: Path

    @property
    def workers(self) -> int:
        """How many processes simulate at once."""
        return self.executor.workers

    def check(self) -> None:
        """Refuse what the executor refuses."""
        self.executor.check()

    def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
        """Yield the outcome of every cell."""
        return self.executor.run(Clocked(work, self.folder, work.batch_seconds, work.batch_cells), cells)

    def worker_seconds(self) -> float:
        """Return how long all workers have computed; this process is none of them."""
        others = [path for path in self.folder.iterdir() if path.name != str(os.getpid())]
        return sum(float(path.read_text()) for path in others)


@dataclass(frozen=True)
class EmptyWork:
    """Batches of one cell with which nothing is done."""

    batch_seconds: float = 20.0
    batch_cells: int = 1

    def preload(self) -> Sequence[str]:
        """Return this module."""
        return (__name__,)

    def do(self, cells: Sequence[Cell]) -> list[Outcome]:
        """Say that the cells are finished."""
        return [Finished(cell, 1e-6) for cell in cells]


def fork_server_seconds() -> float:
    """Return how long the process that workers are forked from has computed: it imports what all need, once."""
    pid = getattr(multiprocessing.forkserver._forkserver, "_forkserver_pid", None)  # type: ignore[attr-defined]
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cells(count: int) -> list[Cell]:
    return [Cell(0, ARM, replicate) for replicate in range(count)]


def kept(count: int, workers: int, folder: Path, market: Any = simulate) -> tuple[FiguresRun, dict[str, float]]:
    """Run replicates for their figures, and return what that cost."""
    (folder / "clocks").mkdir(parents=True)
    executor = ClockedExecutor(LocalExecutor(workers), folder / "clocks")
    parent, server, wall = time.process_time(), fork_server_seconds(), time.perf_counter()
    found = run_figures(Year(), {"all": tables()}, market, cells(count), folder=folder / "kept", executor=executor)
    assert not found.failures, found.failures
    cost = {
        "parent_cpu_s": time.process_time() - parent,
        "workers_cpu_s": executor.worker_seconds(),
        "fork_server_cpu_s": fork_server_seconds() - server,
        "wall_s": time.perf_counter() - wall,
    }
    return found, cost


def bare(count: int) -> float:
    """Return the CPU seconds of replicates simulated one after another, none kept."""
    simulate(year(), tables(), arm=ARM, replicate=0, seed=1, sample_rate=0.0)  # imports
    began = time.process_time()
    for cell in cells(count):
        simulate(year(), tables(), arm=ARM, replicate=cell.replicate, seed=1, sample_rate=0.0)
    return time.process_time() - began


def against_bare(cpu_seconds: float, scratch: Path) -> dict[str, Any]:
    """Run as many replicates as the time allows, a third of it bare, one third by one worker, and one by two."""
    each = bare(5) / 5
    count = max(8, int(cpu_seconds / 3 / each))
    rows: dict[str, Any] = {"replicates": count}
    # In between, so that what else the machine does falls on all alike.
    first = bare(count // 2)
    found, one = kept(count, 1, scratch / "one")
    second = bare(count - count // 2)
    again, two = kept(count, 2, scratch / "two")
    assert found.file.read_bytes() == again.file.read_bytes()
    rows["bare_cpu_s"] = first + second
    for name, cost in (("one_process", one), ("two_workers", two)):
        total = sum(value for key, value in cost.items() if key.endswith("cpu_s"))
        rows[name] = cost | {"ratio_to_bare": total / rows["bare_cpu_s"]}
    rows["bytes_a_replicate_and_arm"] = found.file.stat().st_size / count
    rows["columns"] = found.table.num_columns
    return rows


def memory(count: int) -> dict[str, Any]:
    """Run replicates that cost nothing in two workers, and return the parent's peak."""
    _one()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as scratch:
        _, cost = kept(count, 2, Path(scratch), nothing)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return {"replicates": count, "before_mib": before // unit, "peak_mib": peak // unit, **cost}


def empty_batches(count: int, executor: Executor) -> dict[str, Any]:
    """Return what batches cost in which nothing is done, when the workers have started."""
    work = EmptyWork()
    began, wall = time.process_time(), time.perf_counter()
    first = {}
    for done, _ in enumerate(executor.run(work, cells(count)), start=1):
        if done == 10:
            first = {"cpu": time.process_time(), "wall": time.perf_counter()}
    ended = {"cpu": time.process_time(), "wall": time.perf_counter()}
    return {
        "batches": count,
        "start_cpu_s": first["cpu"] - began,
        "start_wall_s": first["wall"] - wall,
        "parent_cpu_ms_a_batch": 1000 * (ended["cpu"] - first["cpu"]) / (count - 10),
        "wall_ms_a_batch": 1000 * (ended["wall"] - first["wall"]) / (count - 10),
    }


EXECUTORS: dict[str, Executor] = {"local": LocalExecutor(2), "dask": DaskExecutor(2)}


def apart(*arguments: str) -> dict[str, Any]:
    """Return what a part of this benchmark says in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cpu-seconds", type=float, default=240.0, help="for the comparison with bare simulation")
    parser.add_argument("--batches", type=int, default=10_000, help="empty ones, for each executor")
    parser.add_argument("--memory", type=int, nargs="*", default=[100, 1000, 10_000], help="replicates")
    parser.add_argument("--part", choices=["bare", "memory", *EXECUTORS], help="this part alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.part == "memory":
        found = memory(options.memory[0])
    elif options.part == "bare":
        with tempfile.TemporaryDirectory() as scratch:
            found = against_bare(options.cpu_seconds, Path(scratch))
    elif options.part:
        found = empty_batches(options.batches, EXECUTORS[options.part])
    else:
        found = {
            "measured": time.strftime("%Y-%m-%d"),
            "machine": {"processor": processor(), "processors": os.cpu_count(), "system": platform.platform()},
            "versions": {name: importlib.metadata.version(name) for name in ("threatsim", "numpy", "pyarrow", "mesa")},
            "against_bare": apart("--part", "bare", "--cpu-seconds", str(options.cpu_seconds)),
            "memory": [apart("--part", "memory", "--memory", str(count)) for count in options.memory],
            "empty_batches": {name: apart("--part", name, "--batches", str(options.batches)) for name in EXECUTORS},
        }
    print(json.dumps(rounded(found), indent=None if options.part and not options.json else 1))


def processor() -> str:
    """Return what the processor is called."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def rounded(value: Any) -> Any:
    """Return figures with four significant digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    # Workers know what is in a module of this name; of a script they know nothing.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    import sweep

    sweep.main()
