"""From particles and predictions to the parts of the record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from threatsim.calibration.findings import Correlated, FittedNumber, MomentFound, PopulationFound
from threatsim.calibration.free_numbers import FreeNumber
from threatsim.calibration.inference.posterior import TOGETHER, WIDE, Posterior
from threatsim.calibration.inference.sequential import Fit
from threatsim.calibration.inference.weighted import Floats, mean, quantile
from threatsim.calibration.moment_values import unit_of
from threatsim.calibration.moments_file import Z_95, Measure, Moment
from threatsim.calibration.predictions import interval, predicted
from threatsim.calibration.reach import Reach

_TAIL = 0.025


def fitted_numbers(
    free: Sequence[FreeNumber], values: Floats, posterior: Posterior, reach: Sequence[Reach], names: Sequence[str]
) -> tuple[FittedNumber, ...]:
    """Return each free number, before and after.

    Args:
        free: the free numbers.
        values: (N, D) of the posterior.
        posterior: the same on the scale on which the prior is normal.
        reach: what each number moves.
        names: of the moments that it moves.
    """
    weights = posterior.weights
    means = mean(values, weights)
    return tuple(
        FittedNumber(
            path=one.path,
            unit=one.unit,
            stands=float(one.stands) if isinstance(one.stands, (int, float)) else None,
            prior=one.prior.describe(),
            prior_low=one.at(-Z_95),
            prior_high=one.at(Z_95),
            mean=float(means[place]),
            median=quantile(values[:, place], weights, 0.5),
            low=quantile(values[:, place], weights, _TAIL),
            high=quantile(values[:, place], weights, 1 - _TAIL),
            width=width,
            identified=width <= WIDE,
            moves={name: _known(float(move)) for name, move in zip(names, reach[place].moves, strict=True)},
        )
        for place, (one, width) in enumerate(zip(free, posterior.widths, strict=True))
    )


def correlations_told(free: Sequence[FreeNumber], posterior: Posterior) -> tuple[Correlated, ...]:
    """Return the correlation of each pair of free numbers."""
    found = posterior.correlations
    return tuple(
        Correlated(
            one=free[row].path,
            other=free[column].path,
            correlation=found[row][column],
            together=abs(found[row][column]) > TOGETHER,
        )
        for row in range(len(free))
        for column in range(row + 1, len(free))
    )


def moments_told(
    moments: Mapping[str, Moment], predictions: Mapping[str, Floats], prior: Mapping[str, Floats]
) -> tuple[MomentFound, ...]:
    """Return each moment with what is predicted of it, those that were fitted first.

    Args:
        moments: name -> moment.
        predictions: name -> (draws,) values under the posterior.
        prior: name -> (particles,) values under the prior, of those that were fitted.
    """
    found = []
    for name, one in sorted(moments.items(), key=lambda item: item[1].use != "fit"):
        told = predicted(predictions[name], one)
        before = prior.get(name, np.array([]))
        before = before[np.isfinite(before)]
        low, high = interval(before) if len(before) else (None, None)
        found.append(
            MomentFound(
                name=name,
                description=one.description,
                use=one.use,
                unit=unit_of(one.measure),
                value=one.value,
                low=one.interval[0],
                high=one.interval[1],
                source=one.source,
                kind=one.kind,
                measured_by=in_words(one.measure),
                prior_low=low,
                prior_high=high,
                predicted=told.mean,
                predicted_low=told.low,
                predicted_high=told.high,
                defined=told.defined,
                verdict=told.verdict,
            )
        )
    return tuple(found)


def populations_told(found: Fit) -> tuple[PopulationFound, ...]:
    """Return what each population came to."""
    return tuple(PopulationFound(**vars(one)) for one in found.steps)


def in_words(measure: Measure) -> str:
    """Return how a moment is measured, in words."""
    weeks = f" in weeks {measure.weeks[0]} to {measure.weeks[1]}" if measure.weeks else ""
    arm = measure.arm or "the baseline"
    per = f" for each more of {measure.per}" if measure.per else ""
    how = {"level": "", "change": "relative change of ", "difference": "difference of ", "saved_per": "less of "}
    return f"{how[measure.how]}{measure.figure}{per}{weeks}, {arm}"


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
