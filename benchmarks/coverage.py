"""How often a run's 95 % interval covers the long-run value, on a small market.

A repetition is a run of its own: a new test set of cases is drawn from the population of scores, then replicates of the
market on it, each of which resamples the cases by patient. The long-run value is the mean over all repetitions. The
interval of a run holds both kinds of chance only as far as the resampling carries the test set's. Run it with

    python benchmarks/coverage.py [--repetitions 400] [--replicates 20] [--json]
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from market import scaled, score_table
from rich.console import Console
from rich.progress import track
from rich.table import Table

from threatsim.experiment.estimates import estimate
from threatsim.market.simulation import simulate
from threatsim.scenario.loading import load_scenario
from threatsim.scenario.metrics import ARM_METRICS

FIGURES = ("payer_loss", "fraud_share", "paid_rate", "honest_denied", "control_cost")


def covered(repetitions: int, replicates: int, *, quiet: bool) -> list[dict[str, Any]]:
    """A row a figure: the share of runs whose interval holds the long-run value."""
    scenario = scaled(load_scenario("insurance_upcoding").scenario, 150, 26, 1.0)
    runs: list[dict[str, Any]] = []
    values: dict[str, list[float]] = {name: [] for name in FIGURES}
    for repetition in track(range(repetitions), disable=quiet, console=Console(stderr=True)):
        tables = {name: score_table(name, list(scenario.tactics), 400, repetition) for name in scenario.modalities}
        outcomes = [
            simulate(scenario, tables, arm="a", replicate=r, seed=repetition, sample_rate=0).outcomes
            for r in range(replicates)
        ]
        columns = {name: np.array([one[name] for one in outcomes]) for name in FIGURES}
        runs.append({name: estimate(name, ARM_METRICS[name], column) for name, column in columns.items()})
        for name, column in columns.items():
            values[name].append(float(np.nanmean(column)))
    rows = []
    for name in FIGURES:
        truth = float(np.nanmean(values[name]))
        hits = [run[name].low <= truth <= run[name].high for run in runs if run[name].low is not None]
        rows.append(
            {
                "figure": name,
                "repetitions": len(hits),
                "replicates": replicates,
                "covered": round(float(np.mean(hits)), 4),
            }
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = covered(options.repetitions, options.replicates, quiet=options.json)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("figure", "repetitions", "covered", title="95 % intervals that hold the long-run value")
    for row in rows:
        table.add_row(row["figure"], str(row["repetitions"]), f"{row['covered']:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
