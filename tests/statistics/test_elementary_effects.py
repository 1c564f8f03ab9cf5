"""Elementary effects: closed forms, SALib as an oracle, and chance that must not look like an effect."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.statistics.drivers.elementary_effects import elementary_effects, trajectories

INPUTS = 5


def _points(count: int = 20) -> np.ndarray:
    return trajectories(INPUTS, count, np.random.default_rng(3))


def test_a_trajectory_moves_every_input_once_within_the_cube():
    points = _points()
    moved = np.diff(points, axis=1) != 0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()
    assert points.min() >= 0
    assert points.max() <= 1
    assert set(np.round(np.unique(points) * 3, 9)) == {0, 1, 2, 3}


def test_effects_of_a_straight_line_are_its_slopes():
    slopes = np.array([3.0, -2.0, 0.5, 0.0, 10.0])
    points = _points()
    found = elementary_effects(points, (points @ slopes)[..., None])
    assert [one.mean.value for one in found] == pytest.approx(slopes)
    assert [one.absolute.value for one in found] == pytest.approx(np.abs(slopes))
    assert [one.spread for one in found] == pytest.approx([0] * INPUTS, abs=1e-6)


def test_the_same_as_salib():
    morris = pytest.importorskip("SALib.analyze.morris")
    points = _points()
    outcomes = points[..., 0] * points[..., 1] ** 2 + np.exp(points[..., 2]) + points[..., 3]
    problem = {"num_vars": INPUTS, "names": list("abcde"), "bounds": [[0, 1]] * INPUTS}
    theirs = morris.analyze(problem, points.reshape(-1, INPUTS), outcomes.ravel(), num_levels=4)
    ours = elementary_effects(points, outcomes[..., None])
    assert [one.mean.value for one in ours] == pytest.approx(list(theirs["mu"]))
    assert [one.absolute.value for one in ours] == pytest.approx(list(theirs["mu_star"]))
    assert [one.spread for one in ours] == pytest.approx(list(theirs["sigma"]), abs=1e-7)


def test_chance_alone_is_no_effect_and_a_spread_of_none():
    random = np.random.default_rng(8)
    points = _points(200)
    noise = random.normal(size=(200, INPUTS + 1, 2))
    found = elementary_effects(points, 2 * points[..., :1] + noise)
    assert found[0].matters
    for one in found[1:]:
        assert one.chance == pytest.approx(one.absolute.value, rel=0.25)
        assert not (one.beyond_chance.low or 0) > 0.2
        assert one.spread < 0.6  # with the chance in it, it is 1.5


def test_a_number_that_chance_shifts_for_a_whole_trajectory_has_none():
    random = np.random.default_rng(9)
    points = _points(10)
    shift = 100 * random.normal(size=(10, 1, 2))
    found = elementary_effects(points, points[..., :1] + shift)
    assert found[0].absolute.value == pytest.approx(1)
    assert found[1].absolute.value == pytest.approx(0, abs=1e-9)


def test_undefined_outcomes_leave_out_the_steps_beside_them():
    points = _points(6)
    outcomes = points[..., :1].copy()
    outcomes[0, 2] = np.nan
    found = elementary_effects(points, outcomes)
    assert sorted(one.absolute.n for one in found) == [5, 5, 6, 6, 6]
