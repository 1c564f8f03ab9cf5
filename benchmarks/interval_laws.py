"""How often intervals hold what they should under known laws: skewed quotients, few events, one market, differences.

Twenty replicates unless said otherwise: ten pairs that share their streams, five fours. `by_means` is the Student t
interval of the mean of the replicates' figures, which is what stood in these places before. Run it with

    python benchmarks/interval_laws.py [--runs 2000] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.contrast import Contrast
from threatsim.experiment.figures.estimates import estimate, one_market
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import resampled_mean_interval
from threatsim.statistics.ratio import ReplicateSample

PAIRS = 10
PAYOFF, ACCUSED, FOUND, LOSS = (
    ARM_METRICS[name] for name in ("fraud_payoff", "false_accusations", "found_rate", "payer_loss")
)
Law = Callable[[np.random.Generator], tuple[Estimate, Estimate, float]]
"""Draw a run; give its interval, the one by means, and the truth."""


def paired(rng: np.random.Generator, draw: Callable[[int], np.ndarray], shared: float) -> np.ndarray:
    """(2 PAIRS,) draws, of which so large a share of the pairs has the same in both replicates."""
    both, apart = draw(PAIRS), draw(2 * PAIRS)
    return np.where(np.repeat(rng.random(PAIRS) < shared, 2), np.repeat(both, 2), apart)


def payoff(cheats: float, tail: float) -> Law:
    """Gains of lognormal providers, so many of them a replicate, on a test set that moves them all by a tenth."""

    def law(rng: np.random.Generator) -> tuple[Estimate, Estimate, float]:
        number = np.repeat(rng.poisson(cheats, PAIRS), 2)
        gains = np.array([rng.lognormal(0, tail, n).sum() if n else 0.0 for n in number[::2]])
        test_set = 1 + 0.1 * (rng.normal() + rng.normal(size=(PAIRS // 2, 1, 2)))
        parts = np.repeat(gains, 2) * np.broadcast_to(test_set, (PAIRS // 2, 2, 2)).ravel()
        values = np.divide(parts, number, out=np.full(2 * PAIRS, np.nan), where=number > 0)
        found = estimate(PAYOFF, ReplicateSample(values, wholes=number.astype(float)))
        return found, resampled_mean_interval(values), float(np.exp(tail**2 / 2))

    return law


def accusations(rate: float, shared: float, burst: float = 0.0) -> Law:
    """Poisson events, so many a replicate; with bursts, a mean that is itself a gamma of that squared variation."""

    def draw(rng: np.random.Generator, size: int) -> np.ndarray:
        means = rate * rng.gamma(1 / burst, burst, size) if burst else np.full(size, rate)
        return rng.poisson(means).astype(float)

    def law(rng: np.random.Generator) -> tuple[Estimate, Estimate, float]:
        events = paired(rng, lambda size: draw(rng, size), shared)
        found = estimate(ACCUSED, ReplicateSample(events, wholes=np.ones(2 * PAIRS)))
        return found, resampled_mean_interval(events, bounds=(0.0, np.inf)), rate

    return law


def findings(share: float, providers: int, likeness: float) -> Law:
    """Of 40 claims each of so many providers a replicate, the share found, with this correlation within a provider."""
    a, b = (part * (1 / likeness - 1) for part in (share, 1 - share))

    def law(rng: np.random.Generator) -> tuple[Estimate, Estimate, float]:
        found = np.repeat([rng.binomial(40, rng.beta(a, b, providers)).sum() for _ in range(PAIRS)], 2)
        values, wholes = found / (40 * providers), np.full(2 * PAIRS, 40.0 * providers)
        clusters = np.full(2 * PAIRS, float(providers))
        interval = estimate(FOUND, ReplicateSample(values, wholes, clusters))
        return interval, resampled_mean_interval(values, bounds=(0.0, 1.0)), share

    return law


def no_difference(rate: float, shared: float) -> Law:
    """Two arms of the same rate whose events are to this part the same ones."""

    def law(rng: np.random.Generator) -> tuple[Estimate, Estimate, float]:
        common = np.repeat(rng.poisson(rate * shared, PAIRS), 2)
        base, other = (common + np.repeat(rng.poisson(rate * (1 - shared), PAIRS), 2) for _ in range(2))
        ones = np.ones(2 * PAIRS)
        found = Contrast(
            ACCUSED, ReplicateSample(base.astype(float), ones), ReplicateSample(other.astype(float), ones)
        ).difference
        return found, resampled_mean_interval((other - base).astype(float)), 0.0

    return law


def further_market(tail: float) -> Law:
    """One further lognormal market; by means, what the interval of the mean would hold of such."""

    def law(rng: np.random.Generator) -> tuple[Estimate, Estimate, float]:
        losses = np.repeat(rng.lognormal(0, tail, PAIRS), 2)
        found = one_market(LOSS, ReplicateSample(losses))
        assert found is not None
        return found, resampled_mean_interval(losses), float(rng.lognormal(0, tail))

    return law


LAWS: dict[str, Law] = {
    "payoff, 5 cheats a replicate, tail 1.0": payoff(5, 1.0),
    "payoff, 2 cheats a replicate, tail 1.0": payoff(2, 1.0),
    "payoff, 20 cheats a replicate, tail 1.0": payoff(20, 1.0),
    "payoff, 20 cheats a replicate, tail 1.5": payoff(20, 1.5),
    "events, 0.02 a replicate, pairs alike": accusations(0.02, 1.0),
    "events, 0.2 a replicate, pairs alike": accusations(0.2, 1.0),
    "events, 0.2 a replicate, half of the pairs alike": accusations(0.2, 0.5),
    "events, 1 a replicate, pairs alike": accusations(1.0, 1.0),
    "events, 0.2 a replicate, in bursts": accusations(0.2, 1.0, burst=2.0),
    "share found 2 %, 5 providers, correlation 0.1": findings(0.02, 5, 0.1),
    "share found 2 %, 5 providers, correlation 0.5": findings(0.02, 5, 0.5),
    "share found 10 %, 5 providers, correlation 0.3": findings(0.1, 5, 0.3),
    "no difference of events, 0.2, nothing shared": no_difference(0.2, 0.0),
    "no difference of events, 0.2, four fifths shared": no_difference(0.2, 0.8),
    "no difference of events, 0.8, half shared": no_difference(0.8, 0.5),
    "one further market, tail 0.3": further_market(0.3),
    "one further market, tail 0.7": further_market(0.7),
    "one further market, tail 1.0": further_market(1.0),
}


def measured(runs: int) -> Iterator[dict[str, Any]]:
    """Yield a row a law."""
    for number, (name, law) in enumerate(LAWS.items()):
        rng = np.random.default_rng([7, number])
        drawn = [law(rng) for _ in range(runs)]
        with_one = [(one, truth) for one, _, truth in drawn if one.low is not None]
        hits = sum(holds(one, truth) for one, truth in with_one)
        exact = binomtest(hits, len(with_one)).proportion_ci()
        yield {
            "law": name,
            "runs": len(with_one),
            "covered": round(hits / len(with_one), 4),
            "covered_low": round(exact.low, 4),
            "covered_high": round(exact.high, 4),
            "by_means": round(float(np.mean([holds(old, truth) for _, old, truth in drawn])), 4),
        }


def holds(one: Estimate, truth: float) -> bool:
    """Return whether an interval has ends and holds the truth."""
    return one.low is not None and one.high is not None and one.low <= truth <= one.high


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = list(measured(options.runs))
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(*rows[0], title="95 % intervals that hold the truth")
    for row in rows:
        table.add_row(*(f"{value}" for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
