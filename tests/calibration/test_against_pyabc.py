"""Sequential Monte Carlo against pyABC's, where the posterior has no closed form and the two numbers are correlated."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from threatsim.calibration.inference.posterior import posterior_of
from threatsim.calibration.inference.sequential import Observed, SearchEffort, fit
from threatsim.calibration.inference.weighted import Floats, covariance, mean
from threatsim.common.arithmetic import portable
from threatsim.common.keyed.keyed_generator import keyed_generator

OBSERVED = Observed(np.array([0.9, 0.5]), np.array([0.25, 0.35]))
CHANCE = 0.2


def moments_of(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return what two numbers make of a market without chance: neither is seen alone."""
    return first + 0.5 * second, first * second + 0.3 * second**2


class Bent:
    """The market with chance."""

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        drawn = portable.standard_normal(keyed_generator(f"bent{first}"), points.size).reshape(points.shape)
        return np.stack(moments_of(points[:, 0], points[:, 1]), axis=1) + CHANCE * drawn


def test_a_bent_posterior_is_that_of_pyabc() -> None:
    pyabc: Any = pytest.importorskip("pyabc", reason="pyabc is not installed (pip install '.[dev]')")
    logging.getLogger("ABC").setLevel(logging.ERROR)
    generator = np.random.default_rng(5)
    spread = np.hypot(CHANCE, OBSERVED.errors)

    def market(numbers: dict[str, float]) -> dict[str, float]:
        made = np.array(moments_of(numbers["first"], numbers["second"])) + spread * generator.standard_normal(2)  # type: ignore[arg-type]
        return {"one": made[0], "other": made[1]}

    np.random.seed(4)  # pyABC draws from the global generator
    search = pyabc.ABCSMC(
        market,
        pyabc.Distribution(first=pyabc.RV("norm", 0, 1), second=pyabc.RV("norm", 0, 1)),
        pyabc.PNormDistance(p=2, fixed_weights=dict(zip(("one", "other"), 1 / OBSERVED.errors, strict=True))),
        population_size=200,
        sampler=pyabc.sampler.SingleCoreSampler(),
    )
    search.new("sqlite://", dict(zip(("one", "other"), OBSERVED.values, strict=True)))
    theirs, weights = search.run(max_nr_populations=5).get_distribution()
    theirs = theirs[["first", "second"]].to_numpy()

    ours = posterior_of(fit(Bent(), 2, OBSERVED, SearchEffort(particles=400, populations=5, key="bent")), OBSERVED)
    np.testing.assert_allclose(mean(ours.points, ours.weights), mean(theirs, weights), atol=0.15)
    found = [np.array(covariance(*one)) for one in ((ours.points, ours.weights), (theirs, weights))]
    spreads = [np.sqrt(np.diag(one)) for one in found]
    np.testing.assert_allclose(spreads[0], spreads[1], rtol=0.25)
    mine, other = (one[0, 1] / np.sqrt(one[0, 0] * one[1, 1]) for one in found)
    assert mine == pytest.approx(other, abs=0.2)
    assert mine < -0.2  # the more of the one, the less of the other
