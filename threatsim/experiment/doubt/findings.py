"""What the draws of a run show: how far chance and the numbers each move a figure, and which numbers do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.doubt.ranking import ranking_doubt
from threatsim.experiment.figures.estimates import value_range
from threatsim.experiment.outer_loop import LUCKS, OuterLoop
from threatsim.experiment.record.doubt import Doubt, DrawnNumber, Driver, FigureDoubt
from threatsim.experiment.record.record import ArmOutcome
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import uncertain_numbers
from threatsim.statistics.drivers.rank_correlation import rank_correlation
from threatsim.statistics.drivers.sensitivity import LEAST_DRAWS, first_order_shares
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.outer_interval import interval_of_both
from threatsim.statistics.over_replicates import UNBOUNDED
from threatsim.statistics.variance_components import components

_DRIVERS: Final = 8
"""Numbers that are told of for each figure."""
_FIFTHS: Final = 5

Figures = Mapping[str, Mapping[str, NDArray[np.float64]]]
"""Arm -> metric -> (draws, LUCKS) its value in each replicate; NaN where undefined."""


def doubt_findings(
    loop: OuterLoop, arms: Mapping[str, Scenario], results: Sequence[ReplicateResult], outcomes: Sequence[ArmOutcome]
) -> Doubt:
    """Return what the draws of a run show beside its replicates.

    Args:
        loop: the draws.
        arms: arm name -> the scenario as that arm sets it, the baseline first.
        results: the replicates of the draws, of every arm.
        outcomes: the figures of the arms at the numbers' values, from the run's own replicates.
    """
    figures = figures_of(loop, results)
    numbers = _numbers(loop, arms)
    baseline, *others = outcomes
    base = figures[baseline.name]
    told = [
        _figure(baseline.name, name, base[name], chance, numbers, value_range(ARM_METRICS[name]))
        for name, chance in baseline.outcomes.items()
        if _has_mean(name) and name in base
    ]
    for arm in others:
        told += [
            _figure(arm.name, name, figures[arm.name][name] - base[name], chance, numbers, UNBOUNDED)
            for name, chance in arm.differences.items()
            if _has_mean(name) and name in base
        ]
    return Doubt(
        draws=loop.draws,
        replicates=LUCKS,
        numbers=tuple(numbers),
        figures=tuple(told),
        ranking=ranking_doubt({name: of["net_benefit"] for name, of in figures.items()}, outcomes),
    )


def figures_of(loop: OuterLoop, results: Sequence[ReplicateResult]) -> Figures:
    """Return the figures of the replicates of draws, in the order of the draws."""
    place = {replicate: index for index, replicate in enumerate(loop.replicates)}
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for result in results:
        columns = found.setdefault(result.arm, {})
        draw, luck = divmod(place[result.replicate], LUCKS)
        for name, value in result.outcomes.items():
            column = columns.setdefault(name, np.full((loop.draws, LUCKS), math.nan))
            column[draw, luck] = value
    return found


def _has_mean(name: str) -> bool:
    """Return whether it is a figure with a mean: durations may not be reached."""
    return name in ARM_METRICS and ARM_METRICS[name].kind != "duration"


def _numbers(loop: OuterLoop, arms: Mapping[str, Scenario]) -> list[DrawnNumber]:
    """Return the numbers drawn, each with its draws in the first arm that has it."""
    found: list[DrawnNumber] = []
    known: set[str] = set()
    for arm, scenario in arms.items():
        for label, paths, quantity in uncertain_numbers(scenario):
            if known.isdisjoint(paths) and quantity.distribution:
                found.append(
                    DrawnNumber(
                        label=label,
                        places=paths,
                        unit=quantity.unit,
                        value=quantity.value,
                        distribution=quantity.distribution.describe(),
                        kind=quantity.kind,
                        source=quantity.source,
                        draws=list(loop.values[arm][paths[0]]),
                    )
                )
            known.update(paths)
    return found


def _figure(
    arm: str,
    name: str,
    values: NDArray[np.float64],
    chance: Estimate,
    numbers: Sequence[DrawnNumber],
    bounds: tuple[float, float],
) -> FigureDoubt:
    """Return what the draws make of a figure.

    Args:
        arm, name: whose, and which.
        values: (draws, LUCKS) what it was; NaN where undefined.
        chance: the figure at the numbers' values.
        numbers: what was drawn.
        bounds: the range that the figure can take.
    """
    told = components(values)
    means = values.mean(axis=1)
    nothing = Estimate(value=None, low=None, high=None, n=int(np.isfinite(means).sum()))
    return FigureDoubt(
        arm=arm,
        figure=name,
        both=interval_of_both(values, chance, bounds=bounds) if told else nothing,
        of_numbers=told.share if told else nothing,
        drivers=_drivers(means, numbers),
    )


def _drivers(means: NDArray[np.float64], numbers: Sequence[DrawnNumber]) -> tuple[Driver, ...]:
    """Return the numbers that the draws' means (draws,) follow most; draws without one (NaN) are left out."""
    defined = np.isfinite(means)
    known = means[defined]
    draws = {number.label: np.array(number.draws)[defined] for number in numbers}
    correlations = {label: rank_correlation(column, known) for label, column in draws.items()}
    strength = {label: abs(one.value) for label, one in correlations.items() if one.value is not None}
    strongest = sorted(strength, key=lambda label: -strength[label])[:_DRIVERS]
    shares: list[Estimate] | list[None] = [None] * len(strongest)
    if len(known) >= LEAST_DRAWS and strongest:
        shares = first_order_shares(np.stack([draws[label] for label in strongest], axis=1), known)
    fifth = max(1, len(known) // _FIFTHS)
    found = []
    for label, share in zip(strongest, shares, strict=True):
        ordered = known[np.argsort(draws[label], kind="stable")]
        lowest, highest = (math.fsum(part) / fifth for part in (ordered[:fifth], ordered[-fifth:]))
        found.append(Driver(number=label, correlation=correlations[label], share=share, lowest=lowest, highest=highest))
    return tuple(found)
