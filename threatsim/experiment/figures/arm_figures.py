"""From the replicates of every arm to the record: estimates, paired differences, weekly means."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS, MetricRow
from threatsim.experiment.figures.avoided import with_avoided
from threatsim.experiment.figures.ceilings import ceilings
from threatsim.experiment.figures.contrast import Adjusted, Contrast, adjusted, by_family
from threatsim.experiment.figures.estimates import estimate, one_market, sample
from threatsim.experiment.figures.figure_names import FigureName
from threatsim.experiment.record.record import ArmOutcome, PayerOutcome, TacticOutcome
from threatsim.market.result import Denominator, ReplicateResult
from threatsim.scenario.schema import Arm
from threatsim.statistics.estimate import Difference
from threatsim.statistics.ratio import ReplicateSample

Samples = dict[str, ReplicateSample]
Key = tuple[str, str, str]
"""Arm, tactic or payer or nothing, metric."""


def arm_outcomes(arms: Sequence[Arm], results: Sequence[ReplicateResult]) -> tuple[ArmOutcome, ...]:
    """Return the figures of every arm; the first arm is the baseline of the paired differences.

    Differences are adjusted for their number (Holm) within four families: those of what arms are ranked by, of all
    other figures of arms, of the figures of tactics, and of those of payers.

    Args:
        arms: the arms in the scenario's order.
        results: the same replicates of every arm, in any order.

    Raises:
        ValueError: if an arm lacks a replicate that another has, or a result is of no arm.
    """
    by_arm = _by_arm(arms, results)
    of_arms = with_avoided(
        {name: _samples(ARM_METRICS, _of_arm(rows), "fraud_providers") for name, rows in by_arm.items()}
    )
    of_tactics = {
        name: {tactic: _samples(TACTIC_METRICS, _of_tactic(rows, tactic), "claims") for tactic in rows[0].tactics}
        for name, rows in by_arm.items()
    }
    of_payers = {
        name: {payer: _samples(PAYER_METRICS, _of_payer(rows, payer), "payer_loss") for payer in rows[0].payers}
        for name, rows in by_arm.items()
    }
    changed = _differences(ARM_METRICS, {name: {"": samples} for name, samples in of_arms.items()}, by_family)
    changed_tactics = _differences(TACTIC_METRICS, of_tactics, adjusted)
    changed_payers = _differences(PAYER_METRICS, of_payers, adjusted)
    return tuple(
        ArmOutcome(
            name=arm.name,
            title=arm.title,
            changes=dict(arm.set),
            outcomes={name: estimate(ARM_METRICS[name], one) for name, one in of_arms[arm.name].items()},
            differences=_those(changed, arm.name, ""),
            one_market={
                name: found
                for name, one in of_arms[arm.name].items()
                if (found := one_market(ARM_METRICS[name], one)) is not None
            },
            replicates={name: [_finite(value) for value in one.values] for name, one in of_arms[arm.name].items()},
            wholes={name: _kept(one.wholes) for name, one in of_arms[arm.name].items() if one.wholes is not None},
            clusters={name: _kept(one.clusters) for name, one in of_arms[arm.name].items() if one.clusters is not None},
            ceilings=() if arm is arms[0] else ceilings(by_arm[arms[0].name], by_arm[arm.name]),
            tactics=tuple(
                TacticOutcome(
                    tactic=tactic,
                    outcomes={name: estimate(TACTIC_METRICS[name], one) for name, one in samples.items()},
                    differences=_those(changed_tactics, arm.name, tactic),
                )
                for tactic, samples in of_tactics[arm.name].items()
            ),
            payers=tuple(
                PayerOutcome(
                    payer=payer,
                    outcomes={name: estimate(PAYER_METRICS[name], one) for name, one in samples.items()},
                    differences=_those(changed_payers, arm.name, payer),
                )
                for payer, samples in of_payers[arm.name].items()
            ),
            accounts={
                account: _mean([result.accounts[account] for result in by_arm[arm.name]])
                for account in by_arm[arm.name][0].accounts
            },
            weekly=_weekly_means(by_arm[arm.name]),
        )
        for arm in arms
    )


def figure_samples(
    figure: FigureName, arms: Sequence[str], results: Sequence[ReplicateResult]
) -> dict[str, ReplicateSample]:
    """Return one figure of some arms over their replicates, in the replicates' order.

    Args:
        figure: the figure; whatever arm it names.
        arms: names of the arms.
        results: replicates of these arms and of others.
    """
    kind, _, part = figure.place.partition("/")
    metrics, occurrences = {figure.metric: figure.row}, figure.occurrences.rpartition("/")[2]
    samples = {}
    for arm in arms:
        rows = sorted((result for result in results if result.arm == arm), key=lambda result: result.replicate)
        of_part = (
            _of_tactic(rows, part) if kind == "tactic" else _of_payer(rows, part) if kind == "payer" else _of_arm(rows)
        )
        samples[arm] = _samples(metrics, of_part, occurrences)[figure.metric]
    return samples


@dataclass(frozen=True)
class _Figures:
    """Figures of one thing in each replicate, and what those of them that are quotients were divided by."""

    values: Sequence[Mapping[str, float]]
    denominators: Sequence[Mapping[str, Denominator]]


def _of_arm(rows: Sequence[ReplicateResult]) -> _Figures:
    return _Figures([row.outcomes for row in rows], [row.denominators for row in rows])


def _of_tactic(rows: Sequence[ReplicateResult], tactic: str) -> _Figures:
    return _Figures([row.tactics[tactic] for row in rows], [row.tactic_denominators.get(tactic, {}) for row in rows])


def _of_payer(rows: Sequence[ReplicateResult], payer: str) -> _Figures:
    return _Figures([row.payers[payer] for row in rows], [row.payer_denominators.get(payer, {}) for row in rows])


def _samples(metrics: Mapping[str, MetricRow], figures: _Figures, occurrences: str) -> Samples:
    metrics = {name: metric for name, metric in metrics.items() if not metric.avoids}
    values = {name: [row[name] for row in figures.values] for name in metrics}
    quotients = [name for name in metrics if all(name in row for row in figures.denominators)]
    wholes = {name: [row[name].size for row in figures.denominators] for name in quotients}
    clusters = {name: [row[name].clusters for row in figures.denominators] for name in quotients}
    clusters = {name: column for name, column in clusters.items() if None not in column}
    return {name: sample(metric, values, occurrences, wholes, clusters) for name, metric in metrics.items()}


def _differences(
    metrics: Mapping[str, MetricRow],
    of_arms: Mapping[str, Mapping[str, Samples]],
    adjust: Callable[[Sequence[Contrast]], list[Adjusted]],
) -> dict[Key, Difference]:
    """Return every difference of a part of an arm that it shares with the baseline, by its key.

    Args:
        metrics: rows of the figures.
        of_arms: arm -> part -> figures, the baseline first.
        adjust: how they are adjusted for their number.
    """
    baseline, *others = of_arms
    contrasts: dict[Key, Contrast] = {
        (arm, part, name): Contrast(metrics[name], of_arms[baseline][part][name], one)
        for arm in others
        for part, samples in of_arms[arm].items()
        if part in of_arms[baseline]
        for name, one in samples.items()
        if not metrics[name].avoids
    }
    return {key: one.difference for key, one in zip(contrasts, adjust(list(contrasts.values())), strict=True)}


def _those(differences: Mapping[Key, Difference], arm: str, part: str) -> dict[str, Difference]:
    return {name: one for (of_arm, of_part, name), one in differences.items() if (of_arm, of_part) == (arm, part)}


def _by_arm(arms: Sequence[Arm], results: Sequence[ReplicateResult]) -> dict[str, list[ReplicateResult]]:
    by_arm: dict[str, list[ReplicateResult]] = {arm.name: [] for arm in arms}
    for result in sorted(results, key=lambda result: result.replicate):
        if result.arm not in by_arm:
            raise ValueError(f"a result is of arm '{result.arm}', which the scenario lacks")
        by_arm[result.arm].append(result)
    numbers = {name: [result.replicate for result in rows] for name, rows in by_arm.items()}
    expected = numbers[arms[0].name]
    if not expected or len(set(expected)) != len(expected):
        raise ValueError(f"replicates of arm '{arms[0].name}' are missing or doubled: {expected}")
    for name, found in numbers.items():
        if found != expected:
            raise ValueError(f"arm '{name}' has the replicates {found}, the baseline {expected}")
    return by_arm


def _weekly_means(replicates: Sequence[ReplicateResult]) -> dict[str, list[float]]:
    """Return series -> mean over replicates, one number a week; series of text (none so far) have no mean."""
    means: dict[str, list[float]] = {}
    for name, first in replicates[0].weekly.items():
        if name != "week" and np.issubdtype(np.asarray(first).dtype, np.number):
            series = np.stack([np.asarray(result.weekly[name], dtype=np.float64) for result in replicates])
            means[name] = [_mean(column) for column in series.T]
    return means


def _mean(values: Sequence[float] | NDArray[np.float64]) -> float:
    return math.fsum(values) / len(values)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _kept(values: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in values]
