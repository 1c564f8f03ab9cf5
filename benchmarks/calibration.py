"""Whether a calibration finds what it should: moments are simulated at values drawn from the prior, and fitted.

Of each repetition the 95 % intervals are held against the values that made the moments, and so is the rank of each
value among even draws of the posterior, which is uniform where the posterior is right (simulation-based calibration:
Talts et al., arXiv:1804.06788, 2018). Two models:

    normals    moments are two numbers with normal chance; the posterior is known, and a repetition takes no market
    market     100 practices of the flagship's dermatologists under its first payer for 4 weeks, with scores drawn from
               two normals in place of attacks and two of its tactics; practices decide every week, and audits close
               after one, so that they learn within the four. Reluctance and the chance to be found that providers
               expect, by three moments of fraud

Run it with

    python benchmarks/calibration.py [--repetitions 200] [--cpu-seconds 360] [--model market] [--kept FILE] [--json]

A model stops at its CPU seconds, whatever number of repetitions that gives. Each repetition is appended to FILE, a line
of JSON each; stopped, the same command goes on after the last of them, as long as the scenario is what it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
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
from threatsim.catalogue.distributions import Lognormal
from threatsim.common.arithmetic import exact
from threatsim.common.version import __version__
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


PRIORS = {
    "reluctance_median": Lognormal(median=2000, sigma=0.7),
    "belief_detected": Lognormal(median=0.02, sigma=0.6),
}


def small_market() -> Scenario:
    """Return one specialty and one payer of the flagship, in weeks instead of years."""
    data = load_scenario("insurance_upcoding").scenario.model_dump()
    data["modalities"] = {"dermoscopy": data["modalities"]["dermoscopy"]}
    data["providers"] = {name: group for name, group in data["providers"].items() if group["modality"] == "dermoscopy"}
    data["payers"] = [data["payers"][0] | {"share": 1.0}]
    data["payers"][0]["audit"]["lag"] = 1
    data["conduct"]["decision_interval"] = 1
    data["tactics"] = {name: data["tactics"][name] for name in ("code_only", "patch_white_box")}
    data |= {"other_laws": {}, "arms": data["arms"][:1], "expect": {}}
    return scaled(Scenario.model_validate(data), 100, 4, 1.0)


@dataclass
class SmallMarket:
    """A small market, its first particle far from those of other repetitions."""

    seed: int
    scenario: Scenario
    tables: dict[str, Any]

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (N, 3) moments."""
        simulate = SimulateMoments(tuple(WantedFigure(name) for name in FIGURES))
        found = np.empty((len(points), len(FIGURES)))
        for row, point in enumerate(points):
            values = {
                name: prior.quantile(exact.normal_cdf(float(z), 0, 1), 0, None)
                for (name, prior), z in zip(PRIORS.items(), point, strict=True)
            }
            conduct = self.scenario.conduct.model_copy(update=values)
            result = simulate(
                self.scenario.model_copy(update={"conduct": conduct}),
                self.tables,
                arm="a",
                replicate=2 * (first + row) + 1,
                seed=self.seed,
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


def told(model: str, names: tuple[str, ...], results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row a number: coverage with its exact interval, and the test of its ranks."""
    rows = []
    for number, name in enumerate(names):
        ranks, held = zip(*(one["numbers"][number] for one in results), strict=True)
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
                "cpu_seconds_each": round(sum(one["cpu_seconds"] for one in results) / len(held), 2),
            }
        )
    return rows


def measured(
    model: str,
    names: tuple[str, ...],
    one: Callable[[int], list[tuple[int, bool]]],
    asked: argparse.Namespace,
    of: str,
) -> list[dict[str, Any]]:
    """Return the rows of a model, of at most so many repetitions and CPU seconds; those kept are not done again."""
    key = {"model": model, "of": hashlib.sha256(of.encode()).hexdigest()[:16]}
    results = []
    if asked.kept is not None and asked.kept.exists():
        lines = [json.loads(line) for line in asked.kept.read_text().splitlines()]
        results = [line for line in lines if key.items() <= line.items()]
    while len(results) < asked.repetitions and sum(line["cpu_seconds"] for line in results) < asked.cpu_seconds:
        start = time.process_time()
        numbers = one(len(results))
        line = key | {"seed": len(results), "numbers": numbers}
        results.append(line | {"cpu_seconds": round(time.process_time() - start, 3)})
        if asked.kept is not None:
            with asked.kept.open("a") as file:
                file.write(json.dumps(results[-1]) + "\n")
    return told(model, names, results)


def machine() -> dict[str, Any]:
    """Return what this ran on."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = models[0].split(":")[1].strip() if models else platform.processor()
    versions = {"python": platform.python_version(), "numpy": np.__version__, "threatsim": __version__}
    return {"processor": name, "processors": os.cpu_count(), "versions": versions}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--cpu-seconds", type=float, default=360)
    parser.add_argument("--model", choices=("normals", "market"))
    parser.add_argument("--kept", type=Path, help="repetitions already done, and where others are appended")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    if asked.model != "market":
        errors, effort = np.array([0.3, 0.5]), SearchEffort(100, 6, 0.1)
        rows += measured(
            "normals",
            ("first", "second"),
            lambda seed: repetition(Normals(seed), errors, replace(effort, key=f"normals {seed}")),
            asked,
            str((errors, effort)),
        )
    if asked.model != "normals":
        scenario = small_market()
        tables = {kind: score_table(kind, list(scenario.tactics), 400, 1) for kind in scenario.modalities}
        errors, effort = np.array([0.02, 0.01, 0.005]), SearchEffort(100, 2, 0.1)
        rows += measured(
            "market",
            tuple(PRIORS),
            lambda seed: repetition(SmallMarket(seed, scenario, tables), errors, replace(effort, key=f"market {seed}")),
            asked,
            str((errors, effort, PRIORS, scenario.model_dump_json())),
        )
    if asked.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=1))
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
