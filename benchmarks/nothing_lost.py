"""Whether figures outlast what can happen to a sweep: its file afterwards against an undisturbed run's, byte for byte.

A market of no work stands for the real one, so that a kill falls on the keeping as often as on the simulating. Each
trial goes on where the one before it was killed, with another number of workers or another executor. Run it with

    OMP_NUM_THREADS=1 python benchmarks/nothing_lost.py [--kills 30] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sweep import ARM, Year, processor, tables

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.dask_cluster import executor_of
from threatsim.experiment.execution.figures_run import run_figures
from threatsim.experiment.execution.folder_state import state_of
from threatsim.experiment.execution.parts import MERGED
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

_COLUMNS = 60


def quick(scenario: Scenario, given: Any, *, arm: str, replicate: int, seed: int, **_: Any) -> ReplicateResult:
    """Give figures of a replicate after two hundredths of a second."""
    time.sleep(0.02)
    values = np.random.default_rng([seed, replicate]).normal(size=_COLUMNS)
    return ReplicateResult(
        arm=arm,
        replicate=replicate,
        outcomes={f"figure_{number}": float(value) for number, value in enumerate(values)},
        tactics={},
        accounts={},
        weekly={},
        providers={},
        sample={},
    )


def cells(count: int) -> list[Cell]:
    return [Cell(point, ARM, replicate) for point in (0, 1) for replicate in range(count // 2)]


def work(folder: Path, count: int, executor: str, workers: int) -> Path:
    """Run or go on with the sweep in this process, and return its file."""
    return run_figures(
        Year(), {"all": tables()}, quick, cells(count), folder=folder, executor=executor_of(executor, workers)
    ).file


def started(folder: Path, count: int, executor: str, workers: int, **options: Any) -> subprocess.Popen[bytes]:
    """Run or go on with the sweep in a process of its own."""
    command = [sys.executable, __file__, "--work", str(folder), str(count), executor, str(workers)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)


def begun(folder: Path, process: subprocess.Popen[bytes], parts: int) -> None:
    """Wait until the sweep has kept something more, or is over."""
    while len(list(folder.glob("part-*.parquet"))) <= parts and process.poll() is None:
        time.sleep(0.005)


def children(pid: int) -> list[int]:
    """Return the processes below a process, at any depth."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += [int(path.parent.name), *children(int(path.parent.name))]
    return found


def killed_parents(folder: Path, count: int, kills: int, rng: np.random.Generator) -> dict[str, int]:
    """Kill the parent at random moments, each time with another number of workers."""
    killed = 0
    for trial in range(kills):
        process = started(folder, count, "local", 1 + trial % 3)
        begun(folder, process, len(list(folder.glob("part-*.parquet"))))
        time.sleep(float(rng.uniform(0, 0.3)))
        killed += process.poll() is None
        process.kill()
        process.wait()
    return {"trials": kills, "killed": killed}


def killed_workers(folder: Path, count: int, kills: int, rng: np.random.Generator) -> dict[str, int]:
    """Kill workers of a run that goes on to its end; one at which a cell dies three times would be told as failed."""
    process, killed = started(folder, count, "local", 3), 0
    begun(folder, process, len(list(folder.glob("part-*.parquet"))))
    while process.poll() is None and killed < kills:
        time.sleep(float(rng.uniform(0.1, 0.4)))
        below = [pid for one in children(process.pid) for pid in children(one)]
        if below:
            try:
                os.kill(int(rng.choice(below)), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
    process.wait()
    return {"killed": killed, "exit_code": process.returncode}


def stopped_scheduler(folder: Path, count: int) -> dict[str, Any]:
    """End a Dask scheduler in the middle of a run."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "8799"]
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*command, "--no-dashboard"], **quiet)
    address = "tcp://127.0.0.1:8799"
    ways = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    workers = [subprocess.Popen(ways, **quiet) for _ in range(2)]
    time.sleep(8)
    process = started(folder, count, address, 2)
    begun(folder, process, len(list(folder.glob("part-*.parquet"))))
    scheduler.kill()
    code = process.wait()
    for one in workers:
        one.kill()
    return {"exit_code": code}


def full_disk(folder: Path, count: int) -> dict[str, Any]:
    """Go on where no file may be longer than a few thousand bytes, as on a disk that is full."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    return {"exit_code": started(folder, count, "local", 2, preexec_fn=small).wait()}


def flipped_bits(folder: Path, rng: np.random.Generator) -> dict[str, int]:
    """Flip a bit in every file of figures that is there."""
    files = [*folder.glob("part-*.parquet"), *folder.glob(MERGED)]
    for path in files:
        content = bytearray(path.read_bytes())
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
    return {"files": len(files)}


def two_at_once(folder: Path, count: int) -> dict[str, Any]:
    """Go on in two processes at once."""
    both = [started(folder, count, "local", workers) for workers in (1, 2)]
    return {"exit_codes": [process.wait() for process in both]}


def main() -> None:
    """Do all of it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.work:
        folder, count, executor, workers = options.work
        try:
            work(Path(folder), int(count), executor, int(workers))
        except ThreatsimError:
            sys.exit(2)
        return
    rng = np.random.default_rng(options.seed)
    count, kills = options.cells, options.kills
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        whole = work(folder / "whole", count, "local", 1).read_bytes()
        trials: dict[str, Callable[[Path], dict[str, Any]]] = {
            "parent killed": lambda place: killed_parents(place, count, kills, rng),
            "workers killed": lambda place: killed_workers(place, count, max(3, kills // 3), rng),
            "disk full": lambda place: full_disk(place, count),
            "Dask scheduler killed": lambda place: stopped_scheduler(place, count),
            "two at once": lambda place: two_at_once(place, count),
            "bits flipped": lambda place: flipped_bits(place, rng),
        }
        rows = []
        for name, trial in trials.items():
            place = folder / name.replace(" ", "-")
            if name == "bits flipped":
                work(place, count, "local", 1)
            place.mkdir(exist_ok=True)
            found = trial(place)
            left = state_of(place).missing if (place / ".state.json").exists() else count
            equal = work(place, count, "local", 2).read_bytes() == whole
            rows.append({"what": name, **found, "missing_then": left, "equal_afterwards": equal})
            print(rows[-1], file=sys.stderr)
        found = {"measured": time.strftime("%Y-%m-%d"), "processor": processor(), "cells": count, "trials": rows}
        print(json.dumps(found, indent=1))
        if not all(row["equal_afterwards"] for row in rows):
            sys.exit(1)


if __name__ == "__main__":
    # Workers know what is in a module of this name; of a script they know nothing.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    import nothing_lost

    nothing_lost.main()
