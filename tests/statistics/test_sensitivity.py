"""Shares of variance against SALib, whose estimate they are, and at the ends of the scale."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.analyze import rbd_fast

from threatsim.statistics.drivers.sensitivity import first_order_shares


@pytest.mark.parametrize("draws", [40, 41, 150])
def test_shares_and_intervals_are_salibs(draws: int) -> None:
    random = np.random.default_rng(draws)
    inputs = random.random((draws, 3))
    outcome = inputs[:, 0] + 0.4 * inputs[:, 1] ** 2 + 0.05 * random.normal(size=draws)
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    theirs = rbd_fast.analyze(problem, inputs, outcome, M=4, num_resamples=200, seed=0)
    for column, ours in zip(range(3), first_order_shares(inputs, outcome), strict=True):
        share, half = float(theirs["S1"][column]), float(theirs["S1_conf"][column])
        expected = [min(1.0, max(0.0, end)) for end in (share - half, share, share + half)]
        assert [ours.low, ours.value, ours.high] == pytest.approx(expected, abs=1e-12)
        assert ours.n == draws


def test_the_order_of_equal_inputs_is_that_of_the_draws() -> None:
    random = np.random.default_rng(3)
    inputs, outcome = random.integers(0, 4, (60, 1)).astype(float), random.normal(size=60)
    raised = inputs + 1e-6 * np.arange(60)[:, None]
    assert first_order_shares(inputs, outcome)[0].value == first_order_shares(raised, outcome)[0].value


def test_resamples_in_which_the_outcome_does_not_vary_leave_no_interval() -> None:
    outcome = np.zeros(40)
    outcome[7] = 0.1
    (found,) = first_order_shares(np.random.default_rng(1).random((40, 1)), outcome)
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
