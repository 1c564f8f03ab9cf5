"""Sobol's indices: closed forms, SALib as an oracle, chance that must not look like an index, honest intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.statistics.drivers.variance_shares import blocks, variance_shares

ISHIGAMI_FIRST = (0.3139, 0.4424, 0.0)
ISHIGAMI_TOTAL = (0.5576, 0.4424, 0.2437)


def _ishigami(points: np.ndarray) -> np.ndarray:
    x = (2 * points - 1) * math.pi
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def _random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_design_swaps_one_column_a_point():
    points = blocks(3, 16, _random())
    first, second = points[:, 0], points[:, 1]
    for number in range(3):
        swapped = points[:, 2 + number]
        assert (swapped[:, number] == second[:, number]).all()
        others = [column for column in range(3) if column != number]
        assert (swapped[:, others] == first[:, others]).all()
    # Whole multiples of 2^-30 hold no rounding that a processor could do otherwise.
    assert (points * 2**30 == np.floor(points * 2**30)).all()


def test_ishigami_has_its_closed_form():
    found = variance_shares(_ishigami(blocks(3, 4096, _random()))[..., None], _random())
    assert [one.value for one in found.first] == pytest.approx(ISHIGAMI_FIRST, abs=0.03)
    assert [one.value for one in found.total] == pytest.approx(ISHIGAMI_TOTAL, abs=0.03)
    assert found.variance == pytest.approx(13.845, rel=0.02)


def test_as_salib_has_it_with_estimators_of_its_own():
    sobol = pytest.importorskip("SALib.analyze.sobol")
    outcomes = _ishigami(blocks(3, 4096, _random()))
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    theirs_order = np.concatenate([outcomes[:, :1], outcomes[:, 2:], outcomes[:, 1:2]], axis=1)
    theirs = sobol.analyze(problem, theirs_order.ravel(), calc_second_order=False, seed=1)
    ours = variance_shares(outcomes[..., None], _random())
    assert [one.value for one in ours.first] == pytest.approx(np.clip(theirs["S1"], 0, 1), abs=0.03)
    assert [one.value for one in ours.total] == pytest.approx(np.clip(theirs["ST"], 0, 1), abs=0.03)


def test_chance_that_all_points_of_a_block_share_does_nothing():
    points = blocks(2, 64, _random())
    signal = (points[..., 0] + points[..., 1] / 2)[..., None]
    shared = 100 * _random(7).normal(size=(64, 1, 2))
    alone, with_it = (variance_shares(one, _random()) for one in (signal + 0 * shared, signal + shared))
    assert [one.value for one in with_it.total] == pytest.approx([one.value for one in alone.total])
    assert with_it.total[0].low == pytest.approx(alone.total[0].low)


def test_chance_takes_no_share():
    """Noise of twice the numbers' variance, fresh at every point: with squares, the second input would have half."""
    random = _random(4)
    points = blocks(2, 2048, random)
    signal = points[..., 0] * math.sqrt(12)
    noise = math.sqrt(2) * random.normal(size=(*signal.shape, 2))
    found = variance_shares(signal[..., None] + noise, _random())
    assert found.chance == pytest.approx(2 / 3, abs=0.03)
    assert found.variance == pytest.approx(1, abs=0.15)
    assert found.total[1].low == 0
    assert (found.total[1].value or 0) < 0.15
    assert found.first[0].high == pytest.approx(1, abs=0.05)


def test_nothing_but_chance_has_no_indices_or_none_told_apart():
    found = variance_shares(_random(5).normal(size=(64, 4, 2)), _random())
    assert all(one.value is None or one.low in (None, 0) for one in (*found.first, *found.total))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = []
    for seed in range(60):
        random = _random(seed)
        points = blocks(2, 64, random)
        outcomes = (points[..., 0] + points[..., 1] / 2)[..., None] + 0.2 * random.normal(size=(64, 4, 2))
        found = variance_shares(outcomes, random)
        inside += [one.low <= truth <= one.high for one, truth in zip(found.first, (0.8, 0.2), strict=True)]
    assert sum(inside) / len(inside) > 0.88


def test_few_blocks_say_nothing():
    found = variance_shares(np.ones((4, 5, 2)), _random())
    assert found.blocks == 4
    assert [one.value for one in found.total] == [None] * 3
