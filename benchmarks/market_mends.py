"""What each part of the law and of time does to the flagship: its figures as it is, and with one part taken out.

Scores come from two normal distributions, so that no attack is run; all rows are on the same streams. A row says what
would be told if that part were modelled as it is named there, and how much that is beyond the first row, with the
standard error of the difference. Run it with

    python benchmarks/market_mends.py [--replicates 8] [--weeks 104] [--json]
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from market import score_table
from rich.console import Console
from rich.table import Table

from threatsim.market.simulation import simulate
from threatsim.scenario.reading.reader import load_scenario

NO_PROBE = {"law.probe": None, "law.extrapolate": False, "law.findings_to_accuse": 4, "law.tips.probe": 30}
PARTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "damages on top of the sum": {"law.damages": 4, "law.settlement.multiple": 3},
    "four findings in a lifetime accuse, no sample": NO_PROBE,
    "no penalty for claims submitted": {"law.per_claim_penalty": 0},
    "all is collected": {"law.collected": {"offsets": 1, "extrapolated": 1, "penalties": 1}},
    "all but penalties is collected": {"law.collected.extrapolated": 1},
    "every case excludes": {"law.exclusion": 1},
    "no extrapolation": {"law.extrapolate": False},
    "no limit to what a practice can pay": {"law.liability": None},
    "no lags of probe and resolution": {"law.probe.lag": 0, "law.resolution_lag": 0},
    "half of payments suspended": {"law.suspension": 0.5},
    "no integrity agreements": {"law.integrity_agreement": None},
    "beliefs do not fade": {"conduct.belief_half_life": None},
    "no turnover of owners": {"providers.*.turnover": 0},
    "no burn-in": {"burn_in": 0},
}
"""Part -> what is set without it."""
FIGURES = ("payer_loss", "fraud_payoff", "detection_rate", "false_claims", "accused", "innocent")


Columns = dict[str, np.ndarray]


def figures(changes: dict[str, Any], replicates: int, weeks: int) -> Columns:
    """Return figure -> (replicates,) what it is a year in each replicate.

    Args:
        changes: what is set in the flagship.
        replicates: replicates simulated; each second one has streams of its own.
        weeks: weeks of each.
    """
    scenario = load_scenario("insurance_upcoding", overrides={"weeks": weeks} | changes).scenario
    tables = {name: score_table(name, list(scenario.tactics)) for name in scenario.modalities}
    rows = []
    for replicate in range(0, 2 * replicates, 2):
        result = simulate(scenario, tables, arm="baseline", replicate=replicate, seed=scenario.seed, sample_rate=0)
        per_year = {name: float(result.weekly[name].sum()) * 52 / weeks for name in ("false_claims", "accused")}
        innocent = float(result.weekly["accused_honest"].sum()) * 52 / weeks
        rows.append(result.outcomes | per_year | {"innocent": innocent})
    return {name: np.array([row[name] for row in rows], np.float64) for name in FIGURES}


def told(column: np.ndarray, beside: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return the mean of replicates (N,), and of their differences to others on the same streams, with its error."""
    found = {"mean": column, "change": column - beside}
    return {
        name: (float(np.nanmean(one)), float(np.nanstd(one, ddof=1) / np.sqrt(one.size))) for name, one in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=8)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = Table("part taken out", *FIGURES)
    as_it_is: Columns = {}
    for part, changes in PARTS.items():
        columns = figures(changes, options.replicates, options.weeks)
        as_it_is = as_it_is or columns
        values = {name: told(column, as_it_is[name]) for name, column in columns.items()}
        if options.json:  # a line a part, as it comes
            print(json.dumps({"part": part} | values), flush=True)
        table.add_row(part, *(_cell(one) for one in values.values()))
    if not options.json:
        Console(width=180).print(table)


def _cell(one: dict[str, tuple[float, float]]) -> str:
    (mean, _), (change, error) = one["mean"], one["change"]
    return f"{mean:.3g}" + (f"\n{change:+.3g} ({error:.1g})" if change or error else "")


if __name__ == "__main__":
    main()
