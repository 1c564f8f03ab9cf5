"""Whether memory grows with replicates: resident memory of who simulates and of who collects, as their number goes on.

Two markets: one of no work, ten thousand replicates of it through all that keeps figures; and the small one of
`threatsim doctor`, simulated over and over in one process. Run it with

    OMP_NUM_THREADS=1 python benchmarks/memory_growth.py [--replicates 10000] [--markets 200] [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sweep import ARM, Year, nothing, processor, rounded, tables

from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, probe_scenario
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.dask_cluster import executor_of
from threatsim.experiment.execution.figures_run import run_figures
from threatsim.market.exact_tables import exact_tables
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Scenario

_MARKS = 10
_calls = 0


def resident() -> float:
    """Return the resident memory of this process (MB)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def told(scenario: Scenario, given: Any, **keywords: Any) -> ReplicateResult:
    """Give the figures of `nothing`, and note now and then how much memory is held."""
    global _calls
    _calls += 1
    if _calls % int(os.environ["EVERY"]) == 0:
        with Path(os.environ["NOTED"]).open("a") as file:
            file.write(f"{os.getpid()} {_calls} {resident():.1f}\n")
    return nothing(scenario, given, **keywords)


def of_replicates(count: int) -> dict[str, Any]:
    """Memory of the process that simulates, at each tenth of the replicates, and of this one before and after."""
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder) / "noted"
        os.environ |= {"NOTED": str(noted), "EVERY": str(max(1, count // _MARKS))}
        before = resident()
        given = [Cell(0, ARM, replicate) for replicate in range(count)]
        run = run_figures(
            Year(), {"all": tables()}, told, given, folder=Path(folder) / "kept", executor=executor_of("local", 1)
        )
        after = resident()
        lines = [line.split() for line in noted.read_text().splitlines()]
        return {
            "replicates": run.table.num_rows,
            "processes": len({pid for pid, _, _ in lines}),
            "simulating_mb": [float(memory) for _, _, memory in lines],
            "collecting_mb": [before, after],
        }


def of_markets(count: int) -> dict[str, Any]:
    """Memory at each tenth of so many markets, simulated one after another."""
    scenario = probe_scenario("logit")
    given = exact_tables(scenario, controls=PROBE_CONTROLS)
    found = []
    for replicate in range(count):
        simulate(scenario, given, arm="baseline", replicate=replicate, seed=1)
        if (replicate + 1) % max(1, count // _MARKS) == 0:
            gc.collect()
            found.append(resident())
    return {"markets": count, "simulating_mb": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--markets", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {
        "processor": processor(),
        "replicates": of_replicates(asked.replicates),
        "markets": of_markets(asked.markets),
    }
    print(json.dumps(rounded(found), indent=2) if asked.json else rounded(found))


if __name__ == "__main__":
    import memory_growth

    memory_growth.main()  # under its name, so that a worker finds its functions
