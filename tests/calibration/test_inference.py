"""Sequential Monte Carlo against posteriors that are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.calibration.inference.adjustment import adjusted
from threatsim.calibration.inference.kernel import Kernel
from threatsim.calibration.inference.posterior import Posterior, posterior_of
from threatsim.calibration.inference.sequential import Fit, Observed, SearchEffort, fit
from threatsim.calibration.inference.weighted import (
    Floats,
    covariance,
    effective_size,
    mean,
    quantile,
    systematic,
)
from threatsim.common.arithmetic import portable
from threatsim.common.arithmetic.symmetric import cholesky, solved
from threatsim.common.keyed.keyed_generator import keyed_generator

SPREAD = 0.4
OBSERVED = Observed(np.array([1.2, -0.5]), np.array([0.3, 0.5]))


class Normals:
    """Moments that are the free numbers themselves, with normal chance: the posterior is normal, by conjugacy."""

    def __init__(self, key: str) -> None:
        self.key, self.points = key, 0

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        assert first == self.points
        self.points += len(points)
        drawn = portable.standard_normal(keyed_generator(f"{self.key}{first}"), points.size)
        return points + SPREAD * drawn.reshape(points.shape)


def fitted(key: str, effort: SearchEffort | None = None) -> Fit:
    return fit(Normals(key), 2, OBSERVED, effort or SearchEffort(particles=300, populations=6, key=key))


def test_a_conjugate_posterior_has_its_closed_form() -> None:
    posteriors = [posterior_of(fitted(f"seed {seed}"), OBSERVED) for seed in range(4)]
    noise = SPREAD**2 + OBSERVED.errors**2
    means = np.mean([mean(one.points, one.weights) for one in posteriors], axis=0)
    variances = np.mean([np.diag(covariance(one.points, one.weights)) for one in posteriors], axis=0)
    np.testing.assert_allclose(means, OBSERVED.values / (1 + noise), atol=0.06)
    np.testing.assert_allclose(variances, noise / (1 + noise), rtol=0.15)


def test_tolerances_fall_and_the_cost_of_a_population_is_known() -> None:
    found = fitted("course")
    tolerances = [one.tolerance for one in found.steps]
    assert tolerances == sorted(tolerances, reverse=True)
    assert found.simulated == 300 * (1 + len(found.steps))
    assert len(found.kept.points) == 300
    assert found.kept.distances.max() == tolerances[-1]


def test_it_ends_where_few_come_closer() -> None:
    soon = fitted("soon", SearchEffort(particles=100, populations=50, least_acceptance=0.3, key="soon"))
    assert soon.ended == "acceptance"
    assert soon.steps[-1].acceptance <= 0.3 < min(one.acceptance for one in soon.steps[:-1])


def test_the_same_key_gives_the_same_bytes_and_another_does_not() -> None:
    small = SearchEffort(particles=30, populations=3, key="a")
    one, other = fitted("a", small), fitted("a", small)
    assert one.kept.points.tobytes() == other.kept.points.tobytes()
    assert one.kept.weights.tobytes() == other.kept.weights.tobytes()
    assert (
        fitted("a", SearchEffort(particles=30, populations=3, key="b")).kept.points.tobytes()
        != one.kept.points.tobytes()
    )


def test_undefined_moments_are_never_kept() -> None:
    class Half(Normals):
        def moments(self, points: Floats, first: int, title: str) -> Floats:
            found = super().moments(points, first, title)
            return np.where(points[:, :1] < 0, np.nan, found)

    found = fit(Half("half"), 2, OBSERVED, SearchEffort(particles=50, populations=3, key="half"))
    assert (found.kept.points[:, 0] >= 0).all()
    assert np.isfinite(found.kept.distances).all()


def test_weights_are_the_prior_over_the_mixture() -> None:
    points = np.array([[0.0, 0.0], [1.0, -1.0], [0.5, 2.0], [-1.0, 0.3]])
    weights = np.array([1.0, 2.0, 0.5, 1.5])
    kernel = Kernel.around(points, weights)
    spread = 2 * np.array(covariance(points, weights))
    new = np.array([[0.2, 0.1], [1.5, -0.7]])
    inverse, scale = np.linalg.inv(spread), math.sqrt(np.linalg.det(spread))
    for point, weight in zip(new, kernel.weights_of(new), strict=True):
        apart = point - points
        near = (weights / weights.sum() * np.exp(-0.5 * np.einsum("ij,jk,ik->i", apart, inverse, apart))).sum() / scale
        assert weight == pytest.approx(math.exp(-0.5 * point @ point) / near, rel=1e-12)


def test_moves_have_the_kernel_s_mean_and_covariance() -> None:
    points, weights = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 3.0, 2.0])
    moved = Kernel.around(points, weights).moved(keyed_generator("moves"), 20_000)
    np.testing.assert_allclose(moved.mean(axis=0), mean(points, weights), atol=0.05)
    np.testing.assert_allclose(np.cov(moved.T), 3 * np.array(covariance(points, weights)), atol=0.15)


def test_the_adjustment_takes_out_a_line_entirely() -> None:
    found = fitted("line", SearchEffort(particles=100, populations=1, key="line"))
    line = found.kept.noisy @ np.array([[0.7, -0.2], [0.1, 0.9]])
    points, weights = adjusted(
        type(found.kept)(line, found.kept.moments, found.kept.noisy, found.kept.distances, found.kept.weights), OBSERVED
    )
    there = weights > 0
    np.testing.assert_allclose(
        points[there], np.tile(OBSERVED.values @ [[0.7, -0.2], [0.1, 0.9]], (there.sum(), 1)), atol=1e-5
    )


def test_what_only_a_sum_tells_is_not_identified_and_moves_together() -> None:
    class Sum:
        def moments(self, points: Floats, first: int, title: str) -> Floats:
            return points.sum(axis=1, keepdims=True)

    observed = Observed(np.array([0.5]), np.array([0.02]))
    posterior = posterior_of(fit(Sum(), 2, observed, SearchEffort(200, 8, 0.05, "sum")), observed)
    assert posterior.correlations[0][1] < -0.95
    # Each alone is normal with half the prior's variance, as their sum is known.
    assert posterior.widths == pytest.approx([math.sqrt(0.5)] * 2, rel=0.15)


def test_small_matrices_are_those_of_numpy() -> None:
    generator = np.random.default_rng(1)
    points, weights = generator.normal(size=(50, 4)), generator.random(50)
    spread = covariance(points, weights)
    np.testing.assert_allclose(spread, np.cov(points.T, aweights=weights, bias=True), rtol=1e-10)
    lower = cholesky(spread)
    np.testing.assert_allclose(lower, np.linalg.cholesky(np.array(spread)), rtol=1e-9, atol=1e-12)
    right = [1.0, -2.0, 0.5, 3.0]
    np.testing.assert_allclose(solved(lower, right), np.linalg.solve(np.array(spread), right), rtol=1e-8)


def test_quantiles_sizes_and_even_draws() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    assert [quantile(values, weights, share) for share in (0.0, 0.25, 0.26, 0.75, 0.76, 1.0)] == [1, 1, 2, 2, 3, 3]
    assert effective_size(weights) == pytest.approx(16 / 6)
    assert np.bincount(systematic(weights, 8, 0.5)).tolist() == [2, 2, 4]
    assert Posterior(values[:, None], weights).draws(4, "key").shape == (4, 1)
