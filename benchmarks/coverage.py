"""How often a run's 95 % interval covers the long-run value, on a small market; `interval_laws.py` has known laws.

A repetition is a run of its own: a new test set of cases is drawn from the population of scores, then replicates of the
market on it, each of which resamples the cases by patient. The long-run value is the mean over all repetitions. The
interval of a run holds both kinds of chance only as far as the resampling carries the test set's. Fewer replicates are
the first ones of the same runs. Run it with

    python benchmarks/coverage.py [--repetitions 1000] [--replicates 8 20 40] [--scenario insurance_upcoding] [--json]
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
from scipy.stats import binomtest

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.estimates import estimate
from threatsim.market.simulation import simulate
from threatsim.scenario.reading.reader import load_scenario
from threatsim.statistics.ratio import ReplicateSample

FIGURES = ("payer_loss", "fraud_share", "paid_rate", "honest_denied", "control_cost")


def outcomes(name: str, repetitions: int, replicates: int, *, quiet: bool) -> dict[str, list[ReplicateSample]]:
    """Figure -> a sample of replicates a repetition, of a scenario's baseline on 150 providers and half a year."""
    scenario = scaled(load_scenario(name).scenario, 150, 26, 1.0)
    found: dict[str, list[ReplicateSample]] = {figure: [] for figure in FIGURES}
    for repetition in track(range(repetitions), disable=quiet, console=Console(stderr=True)):
        tables = {kind: score_table(kind, list(scenario.tactics), 400, repetition) for kind in scenario.modalities}
        runs = [
            simulate(scenario, tables, arm="a", replicate=r, seed=repetition, sample_rate=0) for r in range(replicates)
        ]
        for figure, samples in found.items():
            values = np.array([run.outcomes[figure] for run in runs])
            quotient = figure in runs[0].denominators
            wholes = np.array([run.denominators[figure].size for run in runs]) if quotient else None
            samples.append(ReplicateSample(values, wholes))
    return found


def coverage(scenario: str, figure: str, samples: list[ReplicateSample], replicates: int) -> dict[str, Any]:
    """Return the share of runs of so many replicates whose interval holds the long-run value, with its exact interval.

    Args:
        scenario, figure: names, for the row.
        samples: one a repetition, each of at least `replicates`.
        replicates: the first of each run that are used.
    """
    values = np.concatenate([sample.values for sample in samples])
    wholes = np.concatenate([np.ones_like(one.values) if one.wholes is None else one.wholes for one in samples])
    truth = float(np.nansum(values * wholes) / wholes.sum())
    runs = [estimate(ARM_METRICS[figure], sample[:replicates]) for sample in samples]
    hits = [run.low <= truth <= run.high for run in runs if run.low is not None and run.high is not None]
    exact = binomtest(sum(hits), len(hits)).proportion_ci()
    widths = [run.high - run.low for run in runs if run.low is not None and run.high is not None]
    means = [run.value for run in runs if run.value is not None]
    return {
        "scenario": scenario,
        "figure": figure,
        "replicates": replicates,
        "repetitions": len(hits),
        "covered": round(float(np.mean(hits)), 4),
        "covered_low": round(exact.low, 4),
        "covered_high": round(exact.high, 4),
        "half_width_in_standard_errors": round(float(np.mean(widths) / 2 / np.std(means, ddof=1)), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--replicates", type=int, nargs="+", default=[8, 20, 40])
    parser.add_argument("--scenario", default="insurance_upcoding")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = outcomes(options.scenario, options.repetitions, max(options.replicates), quiet=options.json)
    rows = [
        coverage(options.scenario, figure, samples, replicates)
        for replicates in options.replicates
        for figure, samples in found.items()
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(*rows[0], title="95 % intervals that hold the long-run value")
    for row in rows:
        table.add_row(*(f"{value}" for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
