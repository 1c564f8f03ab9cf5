"""What is said of an estimate follows from its interval."""

from __future__ import annotations

import pytest

from threatsim.statistics.estimate import Estimate


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [
        (1.0, 2.0, True),
        (-2.0, -1.0, True),
        (-1.0, 1.0, False),
        (0.0, 1.0, False),
        (-1.0, 0.0, False),
        (None, None, False),
        (1.0, None, True),
        (None, -1.0, True),
        (-1.0, None, False),
    ],
)
def test_an_interval_on_one_side_excludes_zero(low: float | None, high: float | None, excludes: bool) -> None:
    estimate = Estimate(value=None, low=low, high=high, n=3)
    assert estimate.excludes_zero is excludes
    assert (-estimate).excludes_zero is excludes


def test_the_negative_exchanges_the_ends() -> None:
    estimate = Estimate(value=1.5, low=-1.0, high=None, n=3)
    negative = -estimate
    assert negative == Estimate(value=-1.5, low=None, high=1.0, n=3)
    assert -negative == estimate
