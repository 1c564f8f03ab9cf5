"""Whether the fraud of a scenario lasts: ten years of its baseline after the burn-in, year by year.

It tells false claims, accusations and the innocents among them by year; the mean of years 3 to 10 over year 1; the
trend of years 3 to 10 with its interval, as a share of their mean; the payers' loss a year in records of 26, 52 and
520 weeks; and what the scenario's own record would say after a burn-in of one year. Run it with

    python benchmarks/ten_years.py [--scenario insurance_upcoding] [--replicates 20] [--set PATH=VALUE ...] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.scenario.reading.overrides import read_settings
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario
from threatsim.statistics.over_replicates import mean_interval, paired_mean_difference

YEARS, YEAR = 10, 52
SETTLED = slice(2, YEARS)
"""Years 3 to 10."""


def market_run(scenario: Scenario, tables: Mapping[str, OutcomeTable], replicate: int) -> ReplicateResult:
    """Run one replicate of the baseline."""
    return simulate(scenario, tables, arm="baseline", replicate=replicate, seed=scenario.seed, sample_rate=0)


def by_streams(values: np.ndarray) -> np.ndarray:
    """Return the means (N / 2, ...) of replicates (N, ...) that share their streams, which are independent."""
    return values.reshape(-1, 2, *values.shape[1:]).mean(axis=1)


def told(values: np.ndarray) -> dict[str, Any]:
    """Return the mean and 95 % interval of independent values (N,)."""
    estimate = mean_interval(values)
    return {"mean": estimate.value, "interval": [estimate.low, estimate.high]}


def trend(yearly: np.ndarray) -> dict[str, Any]:
    """Return the slope a year of some independent series (N, years), over their common mean, with its interval."""
    year = np.arange(yearly.shape[1]) - (yearly.shape[1] - 1) / 2
    slope = (yearly * year).sum(axis=1) / (year * year).sum()
    return told(slope / yearly.mean())


def figures(results: list[ReplicateResult]) -> dict[str, Any]:
    """Return what is told of ten years."""
    columns = ("claims", "false_claims", "false_paid", "accused", "accused_honest", "findings", "false_findings")
    yearly = {
        name: by_streams(np.array([result.weekly[name].reshape(YEARS, YEAR).sum(axis=1) for result in results]))
        for name in columns
    }
    of_year = {name: column.mean(axis=0).round(2).tolist() for name, column in yearly.items()}
    accused = yearly["accused"].sum(axis=0)
    innocent = np.divide(yearly["accused_honest"].sum(axis=0), accused, out=np.zeros(YEARS), where=accused > 0)
    lasting = {
        name: {
            "years_3_to_10_over_year_1": float(column[:, SETTLED].mean() / column[:, 0].mean()),
            "slope_a_year_of_years_3_to_10_over_mean": trend(column[:, SETTLED]),
        }
        for name, column in yearly.items()
        if name in ("false_claims", "accused") and column[:, 0].mean() > 0
    }
    return {"by_year": of_year | {"innocent_share_of_accused": innocent.round(3).tolist()}, "lasting": lasting}


def losses(
    scenario: Scenario, tables: Mapping[str, OutcomeTable], replicates: int, long: list[ReplicateResult]
) -> dict[str, Any]:
    """Return the payers' loss (USD a year) in records of 26, 52 and 520 weeks, and the differences to the longest."""
    loss = {YEARS * YEAR: by_streams(np.array([result.outcomes["payer_loss"] for result in long]))}
    for weeks in (26, 52):
        short = scenario.model_copy(update={"weeks": weeks})
        runs = [market_run(short, tables, replicate).outcomes["payer_loss"] for replicate in range(replicates)]
        loss[weeks] = by_streams(np.array(runs))
    differences = {}
    for weeks in (26, 52):
        estimate = paired_mean_difference(loss[YEARS * YEAR], loss[weeks])
        differences[weeks] = {"mean": estimate.value, "interval": [estimate.low, estimate.high]}
    return {"payer_loss": {weeks: told(values) for weeks, values in loss.items()}, "less_that_of_520": differences}


def after_a_year(scenario: Scenario, tables: Mapping[str, OutcomeTable], replicates: int) -> dict[str, Any]:
    """Return figures (USD a year) of the scenario's record, and what they are more after a burn-in of one year."""
    brief = scenario.model_copy(update={"burn_in": YEAR})
    after = {one.burn_in: [market_run(one, tables, n).outcomes for n in range(replicates)] for one in (scenario, brief)}
    told_of = {}
    for name in ("net_benefit", "payer_loss"):
        own, year = (by_streams(np.array([one[name] for one in runs])) for runs in after.values())
        estimate = paired_mean_difference(own, year)
        told_of[name] = told(own) | {"more": {"mean": estimate.value, "interval": [estimate.low, estimate.high]}}
    return {"burn_in_of_one_year": told_of}


def main() -> None:
    """Run and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenario", default="insurance_upcoding")
    parser.add_argument("--replicates", type=int, default=20, help="an even number")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="changes")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    changes = read_settings(options.changes)
    loaded = load_scenario(options.scenario, overrides=changes)
    request = RunRequest(options.scenario, None, None, None, 1, "cpu", Path("reports"))
    run = Run(loaded, request, TerminalProgress(Console(stderr=True)))
    run.check()
    run.prepare()
    scenario = run.baseline.model_copy(update={"weeks": YEARS * YEAR})
    results = [market_run(scenario, run.tables, replicate) for replicate in range(options.replicates)]
    answer = {
        "scenario": scenario.name,
        "changes": changes,
        "replicates": options.replicates,
        "burn_in": scenario.burn_in,
        **figures(results),
        **losses(scenario, run.tables, options.replicates, results),
        **after_a_year(run.baseline, run.tables, options.replicates),
    }
    text = json.dumps(answer, indent=1) + "\n"
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
