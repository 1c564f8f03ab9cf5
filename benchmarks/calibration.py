"""Whether a calibration finds what it should: moments are simulated at values drawn from the prior, and fitted.

Of each repetition the 95 % intervals are held against the values that made the moments, and so is the rank of each
value among even draws of the posterior, which is uniform where the posterior is right (simulation-based calibration:
Talts et al., arXiv:1804.06788, 2018). Two models:

    normals    moments are two numbers with normal chance; the posterior is known, and a repetition takes no market
    market     40 practices of the flagship for 20 weeks, with scores drawn from two normals in place of attacks;
               reluctance and the chance to be found that providers expect, by three moments of fraud

Run it with

    python benchmarks/calibration.py [--repetitions 200] [--cpu-seconds 360] [--json]

The market stops at its CPU seconds, whatever number of repetitions that gives.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from market import scaled, score_table
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest, chisquare

from threatsim.calibration.inference.posterior import posterior_of
from threatsim.calibration.inference.sequential import Observed, SearchEffort, fit
from threatsim.calibration.inference.weighted import Floats, quantile
from threatsim.calibration.moment_figures import SimulateMoments, WantedFigure
from threatsim.catalogue.distributions import Beta, Lognormal
from threatsim.common.arithmetic import exact
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

DRAWS = 39
"""Draws that a rank is among: 0 to 39, in eight bins of five."""
BINS = 8
FIGURES = ("fraud_providers", "fraud_share", "coded_share")


@dataclass
class Normals:
    """Two numbers with normal chance."""

    seed: int

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (N, 2) moments."""
        return points + 0.4 * np.random.default_rng([self.seed, first]).standard_normal(points.shape)


@dataclass
class SmallMarket:
    """A small market, its first particle far from those of other repetitions."""

    seed: int
    scenario: Scenario
    tables: dict[str, Any]

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (N, 3) moments."""
        priors = (Lognormal(median=2000, sigma=0.7), Beta(alpha=2, beta=60))
        simulate = SimulateMoments(tuple(WantedFigure(name) for name in FIGURES))
        found = np.empty((len(points), len(FIGURES)))
        for row, point in enumerate(points):
            reluctance, detected = (
                prior.quantile(exact.normal_cdf(float(z), 0, 1), 0, top)
                for prior, z, top in zip(priors, point, (None, 1), strict=True)
            )
            data = self.scenario.model_dump(mode="json")
            data["conduct"] |= {"reluctance_median": max(reluctance, 1.0), "belief_detected": detected}
            result = simulate(
                Scenario.model_validate(data), self.tables, arm="a", replicate=2 * (first + row) + 1, seed=self.seed
            )
            found[row] = [result.outcomes[name] for name in FIGURES]
        return found


def repetition(simulator: Normals | SmallMarket, errors: Floats, effort: SearchEffort) -> list[tuple[int, bool]]:
    """Return of each number the rank of the truth among even draws, and whether its 95 % interval holds it."""
    generator = np.random.default_rng([simulator.seed, 77])
    truth = generator.standard_normal(2)
    values = simulator.moments(truth[None], 10**6, "")[0] + errors * generator.standard_normal(len(errors))
    observed = Observed(values, errors)
    posterior = posterior_of(fit(simulator, 2, observed, effort), observed)
    draws = posterior.draws(DRAWS, effort.key)
    found = []
    for number in range(2):
        column = posterior.points[:, number]
        low, high = (quantile(column, posterior.weights, share) for share in (0.025, 0.975))
        found.append((int((draws[:, number] < truth[number]).sum()), bool(low <= truth[number] <= high)))
    return found


def told(
    model: str, names: tuple[str, ...], results: list[list[tuple[int, bool]]], seconds: float
) -> list[dict[str, Any]]:
    """Return a row a number: coverage with its exact interval, and the test of its ranks."""
    rows = []
    for number, name in enumerate(names):
        ranks, held = zip(*(one[number] for one in results), strict=True)
        counts = np.bincount([rank * BINS // (DRAWS + 1) for rank in ranks], minlength=BINS)
        interval = binomtest(sum(held), len(held)).proportion_ci()
        rows.append(
            {
                "model": model,
                "number": name,
                "repetitions": len(held),
                "held": sum(held) / len(held),
                "held_low": float(interval.low),
                "held_high": float(interval.high),
                "ranks": counts.tolist(),
                "ranks_p": float(chisquare(counts).pvalue),
                "cpu_seconds_each": round(seconds / len(held), 2),
            }
        )
    return rows


def measured(
    model: str, names: tuple[str, ...], one: Callable[[int], list[tuple[int, bool]]], most: int, budget: float
) -> list[dict[str, Any]]:
    """Return the rows of a model, of at most so many repetitions and CPU seconds."""
    start, results = time.process_time(), []
    while len(results) < most and time.process_time() - start < budget:
        results.append(one(len(results)))
    return told(model, names, results, time.process_time() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--cpu-seconds", type=float, default=360)
    parser.add_argument("--model", choices=("normals", "market"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    if asked.model != "market":
        errors = np.array([0.3, 0.5])
        rows += measured(
            "normals",
            ("first", "second"),
            lambda seed: repetition(Normals(seed), errors, SearchEffort(100, 6, 0.1, f"normals {seed}")),
            asked.repetitions,
            asked.cpu_seconds,
        )
    if asked.model != "normals":
        scenario = scaled(load_scenario("insurance_upcoding").scenario, 40, 20, 1.0)
        tables = {kind: score_table(kind, list(scenario.tactics), 400, 1) for kind in scenario.modalities}
        errors = np.array([0.02, 0.01, 0.005])
        rows += measured(
            "market",
            ("reluctance_median", "belief_detected"),
            lambda seed: repetition(
                SmallMarket(seed, scenario, tables), errors, SearchEffort(40, 4, 0.1, f"market {seed}")
            ),
            asked.repetitions,
            asked.cpu_seconds,
        )
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    table = Table("model", "number", "repetitions", "95 % intervals that hold it", "ranks", "p of uniform ranks")
    for row in rows:
        held = f"{row['held']:.1%} ({row['held_low']:.1%} to {row['held_high']:.1%})"
        table.add_row(
            row["model"], row["number"], str(row["repetitions"]), held, str(row["ranks"]), f"{row['ranks_p']:.3f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
