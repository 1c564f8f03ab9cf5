"""Uncertain inputs: drawn once for each two replicates, and how much of an outcome's variance each of them explains.

Replicates 2k and 2k + 1 share their draws, as they share all streams but that of their cases. The draw of a number
depends on the seed, the replicate and the number's own path, so that all arms see the same one, and a number that is
added to a scenario does not change the draws of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.record.record import UncertainInput, VarianceShare
from threatsim.market.streams import replicate_streams
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import Draw, drawn, draws, uncertain_numbers
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.sensitivity import LEAST_DRAWS, first_order_shares


def draws_of(scenario: Scenario, *, seed: int, replicate: int) -> tuple[Draw, ...]:
    """Return the uncertain numbers of a scenario as a replicate has them; none where no number is uncertain."""
    paths = [number.path for number in uncertain_numbers(scenario)]
    if not paths:
        return ()
    streams = replicate_streams(seed, replicate)
    return draws(scenario, {path: float(streams.generator(f"input/{path}").random()) for path in paths})


def scenario_of(scenario: Scenario, *, seed: int, replicate: int) -> Scenario:
    """Return the scenario that a replicate runs: every uncertain number at its draw.

    Raises:
        ThreatsimError: a draw does not agree with the rest of the scenario.
    """
    return drawn(scenario, draws_of(scenario, seed=seed, replicate=replicate))


def check_draws(arms: Mapping[str, Scenario], *, seed: int, replicates: int) -> None:
    """Make sure, before anything is run, that every draw of every arm makes a scenario.

    Raises:
        ThreatsimError: one does not.
    """
    for scenario in filter(uncertain_numbers, arms.values()):
        for replicate in range(0, replicates, 2):
            scenario_of(scenario, seed=seed, replicate=replicate)


def uncertain_inputs(
    baseline: Scenario, *, seed: int, replicates: int, outcomes: Mapping[str, Sequence[float | None]]
) -> tuple[UncertainInput, ...]:
    """Return what was drawn in the baseline, and the share of each outcome's variance that each number explains.

    Args:
        baseline: the scenario as the first arm has it.
        seed, replicates: of the run.
        outcomes: ARM_METRICS name -> value in each replicate of the baseline.
    """
    numbers = uncertain_numbers(baseline)
    if not numbers:
        return ()
    independent = range(0, replicates, 2)
    table = np.array([[draw.value for draw in draws_of(baseline, seed=seed, replicate=n)] for n in independent])
    shares = {name: _shares(table, values) for name, values in outcomes.items() if name in ARM_METRICS}
    return tuple(
        UncertainInput(
            path=number.path,
            unit=number.quantity.unit,
            distribution=number.quantity.distribution.describe() if number.quantity.distribution else "",
            kind=number.quantity.kind,
            source=number.quantity.source,
            draws=[float(value) for value in table[:, index]],
            shares=tuple(
                VarianceShare(outcome=name, share=found[index]) for name, found in shares.items() if found is not None
            ),
        )
        for index, number in enumerate(numbers)
    )


def _shares(table: NDArray[np.float64], values: Sequence[float | None]) -> list[Estimate] | None:
    """Return one estimate an input; None where the outcome is undefined somewhere or constant, or draws are few."""
    floats = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    pairs = np.array([floats[n : n + 2].mean() for n in range(0, len(floats), 2)])
    if len(pairs) < LEAST_DRAWS or not np.isfinite(pairs).all() or np.ptp(pairs) == 0:
        return None
    return first_order_shares(table, pairs)
