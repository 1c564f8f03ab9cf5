"""Practices that a file fills: how much they see beside one another, and what they are paid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatsim.population.volumes import mean_of
from threatsim.scenario.schema import Population


def relative_volumes(population: Population, specialties: Iterable[str]) -> NDArray[np.float64]:
    """Return (P,) the services of each practice as a multiple of the mean of its specialty."""
    volumes = [population.practices[name].volumes for name in specialties]
    return np.concatenate([np.array(of_one) / mean_of(of_one) for of_one in volumes])


def fee_factors(population: Population, specialties: Iterable[str]) -> NDArray[np.float64]:
    """Return (P,) what the fees and the cost of care of each practice are multiplied by."""
    return np.concatenate([population.practices[name].factors for name in specialties])
