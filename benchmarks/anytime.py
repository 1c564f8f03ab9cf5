"""How often the intervals of `--until-interval` hold the truth at all looks together, under known laws and of a market.

A run is looked at after 20 replicates, then each time after a quarter more, up to 400 (`threatsim run
--until-interval`). It misses if the truth lies outside the interval at any of these looks; a run that stops at one of
them cannot miss more often than that. Beside it: the same of ordinary 95 % intervals, and of the confidence sequence
with normal quantiles in place of Student's. Replicates come in pairs that share their streams. The market is a small
one of the flagship: its replicates, run once on one test set, are drawn by fours with replacement, and the truth is
their mean. Run it with

    python benchmarks/anytime.py [--runs 400] [--market 200] [--json]
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from market import scaled, score_table
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest, skew

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.estimates import estimate
from threatsim.experiment.figures.figure_names import FigureName
from threatsim.experiment.figures.interval_goal import IntervalGoal, half_width
from threatsim.market.simulation import simulate
from threatsim.scenario.reading.reader import load_scenario
from threatsim.statistics.confidence_sequence import level_at, looks
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import mean_error
from threatsim.statistics.ratio import ReplicateSample
from threatsim.statistics.special import student_t_quantile

FIRST, MOST = 20, 400
FIGURES = ("payer_loss", "fraud_payoff", "fraud_share")
Law = Callable[[np.random.Generator], ReplicateSample]
"""Draw the replicates of a run."""


def pairs(draw: Callable[[np.random.Generator, int], np.ndarray]) -> Law:
    """Return a law of pairs that are the same replicate twice."""
    return lambda rng: ReplicateSample(np.repeat(draw(rng, MOST // 2), 2))


def payoff(cheats: float, tail: float) -> Law:
    """Return the mean gain of lognormal providers, so many of them a replicate: a quotient."""

    def law(rng: np.random.Generator) -> ReplicateSample:
        number = rng.poisson(cheats, MOST // 2)
        gains = np.array([rng.lognormal(0, tail, n).sum() for n in number])
        values = np.divide(gains, number, out=np.full(MOST // 2, np.nan), where=number > 0)
        return ReplicateSample(np.repeat(values, 2), np.repeat(number, 2).astype(float))

    return law


def events(rate: float) -> Law:
    """Return a count of independent events, so many a replicate on average."""
    return lambda rng: ReplicateSample(np.repeat(rng.poisson(rate, MOST // 2), 2).astype(float), np.ones(MOST))


LAWS: dict[str, tuple[str, Law, float]] = {
    "normal": ("payer_loss", pairs(lambda rng, n: rng.normal(1.0, 1.0, n)), 1.0),
    "lognormal, tail 0.5": ("payer_loss", pairs(lambda rng, n: rng.lognormal(0, 0.5, n)), math.exp(0.125)),
    "lognormal, tail 1.0": ("payer_loss", pairs(lambda rng, n: rng.lognormal(0, 1.0, n)), math.exp(0.5)),
    "payoff, 5 cheats a replicate, tail 1.0": ("fraud_payoff", payoff(5, 1.0), math.exp(0.5)),
    "events, 0.2 a replicate": ("false_accusations", events(0.2), 0.2),
    "events, 2 a replicate": ("false_accusations", events(2.0), 2.0),
}


def market_laws(replicates: int) -> dict[str, tuple[str, Law, float]]:
    """Return laws of figures of a small market of the flagship, run so many times: fours drawn with replacement."""
    scenario = scaled(load_scenario("insurance_upcoding").scenario, 150, 26, 1.0)
    tables = {kind: score_table(kind, list(scenario.tactics), 400, 0) for kind in scenario.modalities}
    runs = [simulate(scenario, tables, arm="a", replicate=r, seed=0, sample_rate=0) for r in range(replicates)]
    laws = {}
    for figure in FIGURES:
        values = np.array([run.outcomes[figure] for run in runs])
        quotient = all(figure in run.denominators for run in runs)
        wholes = np.array([run.denominators[figure].size for run in runs]) if quotient else np.ones(replicates)
        parts = np.where(wholes > 0, values, 0.0) * wholes
        laws[f"market, {figure}"] = (figure, resampled(values, wholes, quotient), float(parts.sum() / wholes.sum()))
    return laws


def resampled(values: np.ndarray, wholes: np.ndarray, quotient: bool) -> Law:
    """Return the law that draws fours of replicates with replacement."""

    def law(rng: np.random.Generator) -> ReplicateSample:
        at = (4 * rng.integers(0, len(values) // 4, MOST // 4)[:, None] + np.arange(4)).ravel()
        return ReplicateSample(values[at], wholes[at] if quotient else None)

    return law


def outside(one: Estimate, truth: float) -> bool:
    """Return whether an interval has ends and does not hold the truth."""
    return one.low is not None and one.high is not None and not one.low <= truth <= one.high


def measured(figure: str, law: Law, truth: float, rng: np.random.Generator, runs: int) -> dict[str, Any]:
    """Return how many of so many runs miss the truth at some look, and how wide their intervals are at the last."""
    row = ARM_METRICS[figure]
    goal = IntervalGoal(FigureName(figure), 1.0, FIRST, MOST)
    missed = {"sequence": 0, "at 95 % each": 0, "normal quantiles": 0}
    wider, drawn = [], []
    for _ in range(runs):
        whole = law(rng)
        drawn.append(whole.linear[::2])
        seen = dict.fromkeys(missed, False)
        for upto in looks(FIRST, MOST):
            sample = whole[:upto]
            found, plain = goal.found(sample)[0], estimate(row, sample)
            seen["sequence"] |= outside(found, truth)
            seen["at 95 % each"] |= outside(plain, truth)
            error = mean_error(sample.linear)
            if error and plain.value is not None and error.variance() > 0:
                half = student_t_quantile(1 - level_at(upto, FIRST) / 2, math.inf) * math.sqrt(error.variance())
                seen["normal quantiles"] |= abs(plain.value - truth) > half
        for name, miss in seen.items():
            missed[name] += miss
        one, other = half_width(found), half_width(plain)
        if one and other:
            wider.append(one / other)
    exact = binomtest(missed["sequence"], runs).proportion_ci()
    return {
        "skewness": round(float(skew(np.concatenate(drawn), nan_policy="omit")), 2),
        "missed": round(missed["sequence"] / runs, 4),
        "missed_low": round(exact.low, 4),
        "missed_high": round(exact.high, 4),
        "missed_at_95_each": round(missed["at 95 % each"] / runs, 4),
        "missed_normal_quantiles": round(missed["normal quantiles"] / runs, 4),
        "times_as_wide_at_400": round(float(np.mean(wider)), 2),
    }


def rows(runs: int, market: int) -> Iterator[dict[str, Any]]:
    """Yield a row a law."""
    for number, (name, (figure, law, truth)) in enumerate((LAWS | market_laws(market)).items()):
        rng = np.random.default_rng([11, number])
        yield {"law": name, "runs": runs, **measured(figure, law, truth, rng, runs)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--market", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = list(rows(options.runs, options.market))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    table = Table(*found[0], title="Runs that miss the truth at some look; 0.05 is allowed")
    for row in found:
        table.add_row(*(f"{value}" for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
