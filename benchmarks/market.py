"""Throughput of the market alone: claims per CPU-second, as it grows, and beside one Mesa agent a claim.

Scores come from two normal distributions, so no image is attacked here. One row is one replicate of the
baseline arm: the whole of it, from drawing the providers to the figures. Run it with

    python benchmarks/market.py [--json]
    python benchmarks/market.py --providers 300 1000 10000 [--weeks 52] [--volume 1]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from typing import Any

import numpy as np
from per_claim import PerClaimMarket
from rich.console import Console
from rich.table import Table

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.bench import resized, times
from threatsim.market.agents import release
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario


def scaled(scenario: Scenario, providers: int, weeks: int, volume: float) -> Scenario:
    """Return the scenario with about so many providers and as much more of everything that is counted."""
    factor = providers / sum(group.count for group in scenario.providers.values())
    data = resized(scenario, factor).model_dump()
    for group in data["providers"].values():
        group["weekly_volume"] = times(group["weekly_volume"], volume)
    for payer in data["payers"]:
        payer["readers"]["capacity"] = times(payer["readers"]["capacity"], volume)
    data |= {"weeks": weeks, "burn_in": 0}
    return Scenario.model_validate(data)


def score_table(modality: str, tactics: list[str], cases: int = 400, seed: int = 0) -> OutcomeTable:
    """Return a table whose clean scores have an AUROC of about 0.92, and whose attacks nearly all succeed."""
    generator = np.random.default_rng([seed, *modality.encode()])
    # A payer's threshold is its own, whatever it is tested on.
    calibration = np.random.default_rng([*modality.encode()])

    def column(labels: np.ndarray, lift: float, generator: np.random.Generator = generator) -> np.ndarray:
        logits = generator.normal(np.where(labels == 1, 1.0 - lift, lift - 1.0), 1.0)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    labels = (np.arange(cases) % 2).astype(np.int8)
    clean = column(labels, 0.0)
    return OutcomeTable(
        modality=modality,
        labels=labels,
        patients=np.arange(cases),
        clean=clean,
        attacked={tactic: clean if tactic == "code_only" else column(labels, 3.0) for tactic in tactics},
        calibration_scores=column(labels, 0.0, calibration),
        calibration_labels=labels,
    )


def measure(
    scenario: Scenario, repeats: int, market: type[Market] = Market, sample_rate: float = 0.01
) -> dict[str, Any]:
    """Run the baseline a few times, from drawing the providers to the figures, and return the row of the median.

    The sample of claims is all of which memory grows with the weeks; at a rate of 0 there is none.
    """
    tables = {name: score_table(name, list(scenario.tactics)) for name in scenario.modalities}
    seconds, claims = [], 0.0
    for replicate in range(1, repeats + 1):
        start = time.process_time()
        one = market(scenario, tables, replicate=replicate, seed=scenario.seed, sample_rate=sample_rate)
        for _ in range(scenario.weeks):
            one.step()
        result = replicate_result(one)
        seconds.append(time.process_time() - start)
        claims = float(result.weekly["claims"].sum())
        release(one)
    cpu = float(np.median(seconds))
    unit = 1024 if sys.platform != "darwin" else 1024**2  # getrusage counts kibibytes on Linux, bytes on macOS
    return {
        "work": "columns" if market is Market else "an agent a claim",
        "providers": sum(group.count for group in scenario.providers.values()),
        "weeks": scenario.weeks,
        "claims": int(claims),
        "cpu_seconds": round(cpu, 4),
        "claims_per_cpu_second": int(claims / cpu),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit,
    }


def growth(flagship: Scenario) -> list[dict[str, Any]]:
    """10^4 to 10^8 claims of 10^2 to 6 x 10^4 providers, each at the volume of the national year."""
    national = load_scenario("national_year").scenario
    rows = [measure(scaled(flagship, 100, 12, 0.8), 3)]
    for providers, weeks, repeats in ((100, 52, 5), (1000, 52, 5), (6000, 52, 3), (20_000, 52, 1), (58_912, 52, 1)):
        rows.append(measure(scaled(national, providers, weeks, 1.0), repeats))
    return rows


def side_by_side() -> list[dict[str, Any]]:
    """Time the same rules on the same streams as columns and as one Mesa agent a claim; the results are equal."""
    month = scaled(load_scenario("national_year").scenario, 1000, 4, 1.0)
    return [measure(month, 3), measure(month, 3, PerClaimMarket)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--providers", type=int, nargs="+", help="these markets instead of the growth table")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--volume", type=float, default=1.0, help="factor on the weekly volumes of the flagship")
    parser.add_argument("--sample-rate", type=float, default=0.01, help="share of claims that is kept in memory")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    flagship = load_scenario("insurance_upcoding").scenario
    if options.providers:  # ascending, since the peak of memory only ever grows
        markets = [scaled(flagship, n, options.weeks, options.volume) for n in sorted(options.providers)]
        rows = [measure(market, options.repeats, sample_rate=options.sample_rate) for market in markets]
    else:
        rows = side_by_side() + growth(flagship)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(title="The market alone")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else value for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
