"""From the replicates of every arm to the record: estimates, paired differences, weekly means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS, MetricRow
from threatsim.experiment.figures.estimates import difference, estimate, replicate_values
from threatsim.experiment.record.record import ArmOutcome, TacticOutcome
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Arm
from threatsim.statistics.estimate import Estimate

Values = dict[str, NDArray[np.float64]]


def arm_outcomes(arms: Sequence[Arm], results: Sequence[ReplicateResult]) -> tuple[ArmOutcome, ...]:
    """Return the figures of every arm; the first arm is the baseline of the paired differences.

    Args:
        arms: the arms in the scenario's order.
        results: the same replicates of every arm, in any order.

    Raises:
        ValueError: if an arm lacks a replicate that another has, or a result is of no arm.
    """
    by_arm = _by_arm(arms, results)
    outcomes: list[ArmOutcome] = []
    base_values: Values = {}
    base_tactics: dict[str, Values] = {}
    for arm in arms:
        replicates = by_arm[arm.name]
        values = _values(ARM_METRICS, [result.outcomes for result in replicates], "fraud_providers")
        tactics = _tactic_values(replicates)
        baseline = arm is arms[0]
        if baseline:
            base_values, base_tactics = values, tactics
        outcomes.append(
            ArmOutcome(
                name=arm.name,
                title=arm.title,
                changes=dict(arm.set),
                outcomes=_estimates(ARM_METRICS, values),
                differences={} if baseline else _differences(ARM_METRICS, base_values, values),
                replicates={name: [_finite(value) for value in row] for name, row in values.items()},
                tactics=tuple(
                    TacticOutcome(
                        tactic=name,
                        outcomes=_estimates(TACTIC_METRICS, rows),
                        differences={}
                        if baseline or name not in base_tactics
                        else _differences(TACTIC_METRICS, base_tactics[name], rows),
                    )
                    for name, rows in tactics.items()
                ),
                accounts={
                    account: _mean([result.accounts[account] for result in replicates])
                    for account in replicates[0].accounts
                },
                weekly=_weekly_means(replicates),
            )
        )
    return tuple(outcomes)


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


def _values(metrics: Mapping[str, MetricRow], rows: Sequence[Mapping[str, float]], occurrences: str) -> Values:
    figures = {name: [row[name] for row in rows] for name in metrics}
    return {name: replicate_values(name, figures, occurrences) for name in metrics}


def _tactic_values(replicates: Sequence[ReplicateResult]) -> dict[str, Values]:
    names = list(replicates[0].tactics)
    return {name: _values(TACTIC_METRICS, [result.tactics[name] for result in replicates], "claims") for name in names}


def _estimates(metrics: Mapping[str, MetricRow], values: Values) -> dict[str, Estimate]:
    return {name: estimate(name, metric, values[name]) for name, metric in metrics.items()}


def _differences(metrics: Mapping[str, MetricRow], base: Values, other: Values) -> dict[str, Estimate]:
    return {name: difference(name, base[name], other[name], paired=True) for name in metrics}


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
