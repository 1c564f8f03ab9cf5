"""Whether a calibration finds what it should: moments are simulated at values drawn from the prior, and fitted.

Of each repetition the 95 % intervals are held against the values that made the moments, and so is the rank of each
value among even draws of the posterior, which is uniform where the posterior is right (simulation-based calibration:
Talts et al., arXiv:1804.06788, 2018). Two models:

    normals    moments are two numbers with normal chance; the posterior is known, and a repetition takes no market
    market     100 practices of the flagship's dermatologists under its first payer for 4 weeks, with scores drawn from
               two normals in place of attacks and two of its tactics; practices decide every week, and audits close
               after one, so that they learn within the four. Reluctance and the chance to be found that providers
               expect, by three moments of fraud

A market is simulated once at each of many draws from the prior, which takes nearly all of the time. A repetition takes
one of them as the truth, leaves it out, and has the moments of every particle from the nearest of the others.

Run it with

    python benchmarks/calibration.py [--repetitions 200] [--model market] [--markets 2500] [--kept FILE] [--json]

Markets are appended to FILE, a line of JSON each; stopped, the same command goes on after the last of them, as long as
the scenario is what it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from market import scaled, score_table
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest, chisquare

from threatsim.calibration.inference.posterior import posterior_of
from threatsim.calibration.inference.sequential import Observed, SearchEffort, Simulator, fit
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
class TabulatedMarket:
    """Markets that were simulated at draws from the prior.

    Attributes:
        points: (N, 2) standard normal under the prior.
        found: (N, 3) moments of the market at each.
    """

    points: Floats
    found: Floats

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (M, 3) moments of (M, 2) points, each of the nearest market."""
        apart = ((points[:, None, :] - self.points[None]) ** 2).sum(axis=2)
        return self.found[apart.argmin(axis=1)]

    def without(self, row: int) -> TabulatedMarket:
        """Return the others."""
        return TabulatedMarket(np.delete(self.points, row, axis=0), np.delete(self.found, row, axis=0))


def simulated(count: int, kept: Path | None) -> tuple[TabulatedMarket, float]:
    """Return so many markets and the CPU seconds that each took; those kept are not simulated again."""
    scenario = small_market()
    tables = {kind: score_table(kind, list(scenario.tactics), 400, 1) for kind in scenario.modalities}
    simulate = SimulateMoments(tuple(WantedFigure(name) for name in FIGURES))
    written = scenario.model_dump(mode="json")
    for name in PRIORS:
        del written["conduct"][name]
    of = hashlib.sha256(f"{PRIORS}{FIGURES}{json.dumps(written)}".encode()).hexdigest()[:16]
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept and kept.exists() else []
    lines = [line for line in lines if line["of"] == of][:count]
    points = np.random.default_rng(26).standard_normal((count, 2))
    for row in range(len(lines), count):
        start = time.process_time()
        here = scenario.model_copy(update={"conduct": with_values(scenario, points[row])})
        result = simulate(here, tables, arm="a", replicate=2 * row + 1, seed=1)
        seconds = round(time.process_time() - start, 4)
        found = [result.outcomes[name] for name in FIGURES]
        lines.append({"of": of, "row": row, "moments": found, "cpu_seconds": seconds})
        if kept is not None:
            with kept.open("a") as file:
                file.write(json.dumps(lines[-1]) + "\n")
    each = sum(line["cpu_seconds"] for line in lines) / count
    return TabulatedMarket(points, np.array([line["moments"] for line in lines])), each


def with_values(scenario: Scenario, point: Floats) -> Any:
    """Return the conduct of a scenario with the free numbers at a point."""
    values = {
        name: prior.quantile(exact.normal_cdf(float(z), 0, 1), 0, None)
        for (name, prior), z in zip(PRIORS.items(), point, strict=True)
    }
    return scenario.conduct.model_copy(update=values)


def repetition(
    simulator: Simulator, truth: Floats, moments: Floats, errors: Floats, effort: SearchEffort
) -> list[tuple[int, bool]]:
    """Return of each number the rank of the truth among even draws, and whether its 95 % interval holds it."""
    observed = Observed(moments, errors)
    posterior = posterior_of(fit(simulator, 2, observed, effort), observed)
    draws = posterior.draws(DRAWS, effort.key)
    found = []
    for number in range(2):
        column = posterior.points[:, number]
        low, high = (quantile(column, posterior.weights, share) for share in (0.025, 0.975))
        found.append((int((draws[:, number] < truth[number]).sum()), bool(low <= truth[number] <= high)))
    return found


def of_normals(seed: int) -> list[tuple[int, bool]]:
    """Return a repetition with normal moments."""
    errors, simulator = np.array([0.3, 0.5]), Normals(seed)
    generator = np.random.default_rng([seed, 77])
    truth = generator.standard_normal(2)
    moments = simulator.moments(truth[None], 10**6, "")[0] + errors * generator.standard_normal(2)
    return repetition(simulator, truth, moments, errors, SearchEffort(100, 6, 0.1, f"normals {seed}"))


def of_market(table: TabulatedMarket, row: int) -> list[tuple[int, bool]]:
    """Return a repetition whose truth is a market of the table."""
    errors = np.array([0.02, 0.01, 0.005])
    moments = table.found[row] + errors * np.random.default_rng([row, 77]).standard_normal(len(errors))
    effort = SearchEffort(100, 6, 0.1, f"market {row}")
    return repetition(table.without(row), table.points[row], moments, errors, effort)


def told(model: str, names: tuple[str, ...], results: list[list[tuple[int, bool]]]) -> list[dict[str, Any]]:
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
            }
        )
    return rows


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
    parser.add_argument("--markets", type=int, default=2500, help="simulated, of the prior")
    parser.add_argument("--model", choices=("normals", "market"))
    parser.add_argument("--kept", type=Path, help="markets already simulated, and where others are appended")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows, markets = [], {}
    if asked.model != "market":
        rows += told("normals", ("first", "second"), [of_normals(seed) for seed in range(asked.repetitions)])
    if asked.model != "normals":
        table, each = simulated(asked.markets, asked.kept)
        markets = {"markets": asked.markets, "cpu_seconds_each": float(f"{each:.3g}")}
        rows += told("market", tuple(PRIORS), [of_market(table, row) for row in range(asked.repetitions)])
    if asked.json:
        print(json.dumps({"machine": machine(), **markets, "rows": rows}, indent=1))
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
