"""Sequential Monte Carlo without a likelihood: populations whose moments come ever closer to those observed.

Each population keeps the closer half of what there is and proposes as many new particles from a kernel around them; the
tolerance is the distance of the farthest that is kept, and it ends where few of the new ones are closer (Lenormand,
Jabot and Deffuant, Computational Statistics 28, 2013, which makes the cost of a population known before it is run;
weights and kernel as in Beaumont et al., Biometrika 96, 2009, and Toni et al., J R Soc Interface 6, 2009; tolerances
that adapt as in Del Moral et al., Statistics and Computing 22, 2012).

What was observed was measured with an error. Each simulated moment gets a draw of that error, so that a tolerance of
zero is the exact posterior under it (Wilkinson, Stat Appl Genet Mol Biol 12, 2013).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.calibration.inference.kernel import Kernel
from threatsim.calibration.inference.weighted import Floats, effective_size
from threatsim.common.arithmetic import portable
from threatsim.common.keyed.keyed_generator import keyed_generator


class Simulator(Protocol):
    """Gives the moments of points."""

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (N, M) moments of (N, D) points, NaN where undefined.

        Args:
            points: standard normal under the prior.
            first: number of the first of them, since no two particles share their chance.
            title: of the population, for progress.
        """
        ...


@dataclass(frozen=True)
class Observed:
    """What is to be met.

    Attributes:
        values: (M,) the moments.
        errors: (M,) the standard error of each, above 0, by which distances are scaled.
    """

    values: Floats
    errors: Floats


@dataclass(frozen=True)
class SearchEffort:
    """How long is searched.

    Attributes:
        particles: kept of every population; the first simulates twice as many.
        populations: the most populations.
        least_acceptance: share of new particles within the tolerance at or below which it ends.
        key: of the random numbers.
    """

    particles: int = 100
    populations: int = 6
    least_acceptance: float = 0.1
    key: str = ""


@dataclass(frozen=True)
class PopulationStep:
    """What a population came to.

    Attributes:
        number: from 1.
        simulated: new particles.
        acceptance: share of them within the tolerance of the population before; 1 of the first.
        tolerance: the greatest distance of those kept.
        effective: how many equally weighted particles tell as much as those kept.
    """

    number: int
    simulated: int
    acceptance: float
    tolerance: float
    effective: float


@dataclass(frozen=True)
class Particles:
    """Particles with their moments.

    Attributes:
        points: (N, D) standard normal under the prior.
        moments: (N, M) as simulated.
        noisy: (N, M) the same with a draw of the error of measurement.
        distances: (N,) from what was observed; infinite where a moment is undefined.
        weights: (N,) density of the prior over that of where they were proposed.
    """

    points: Floats
    moments: Floats
    noisy: Floats
    distances: Floats
    weights: Floats

    def of(self, rows: NDArray[np.int64]) -> Particles:
        """Return some of them."""
        return Particles(*(column[rows] for column in self._columns))

    def and_(self, others: Particles) -> Particles:
        """Return them and others."""
        return Particles(*(np.concatenate(pair) for pair in zip(self._columns, others._columns, strict=True)))

    @property
    def _columns(self) -> tuple[Floats, ...]:
        return self.points, self.moments, self.noisy, self.distances, self.weights


@dataclass(frozen=True)
class Fit:
    """A finished search.

    Attributes:
        kept: the particles of the last population.
        prior: all particles of the first population.
        steps: what each population came to.
        simulated: particles in all.
        ended: "acceptance" or "populations": what ended it.
    """

    kept: Particles
    prior: Particles
    steps: tuple[PopulationStep, ...]
    simulated: int
    ended: str


@dataclass
class _Proposals:
    """Simulates points in their order and holds them against what was observed."""

    simulator: Simulator
    observed: Observed
    key: str
    simulated: int = field(default=0)

    def particles(self, points: Floats, weights: Floats, title: str) -> Particles:
        moments = self.simulator.moments(points, self.simulated, title)
        generator = keyed_generator(f"{self.key}|error|{self.simulated}")
        drawn = portable.standard_normal(generator, moments.size).reshape(moments.shape)
        noisy = moments + drawn * self.observed.errors
        self.simulated += len(points)
        return Particles(points, moments, noisy, _distances(noisy, self.observed), weights)


def fit(
    simulator: Simulator,
    dimension: int,
    observed: Observed,
    effort: SearchEffort,
    check: Callable[[Particles], None] | None = None,
) -> Fit:
    """Return the particles whose moments are nearest to those observed, weighted to follow the posterior.

    Args:
        simulator: gives moments at points.
        dimension: how many free numbers there are, D.
        observed: the M moments.
        effort: how long is searched.
        check: called with the first population; it may raise.
    """
    proposals = _Proposals(simulator, observed, effort.key)
    generator = keyed_generator(f"{effort.key}|prior")
    count = 2 * effort.particles
    points = portable.standard_normal(generator, count * dimension).reshape(count, dimension)
    prior = proposals.particles(points, np.ones(count), "Population 1")
    if check is not None:
        check(prior)
    kept = _nearest(prior, effort.particles)
    steps = [_step(1, count, 1.0, kept)]
    ended = "populations"
    for number in range(2, effort.populations + 1):
        tolerance = float(kept.distances.max())
        kernel = Kernel.around(kept.points, kept.weights)
        points = kernel.moved(keyed_generator(f"{effort.key}|population {number}"), effort.particles)
        new = proposals.particles(points, kernel.weights_of(points), f"Population {number}")
        acceptance = int((new.distances <= tolerance).sum()) / effort.particles
        kept = _nearest(kept.and_(new), effort.particles)
        steps.append(_step(number, effort.particles, acceptance, kept))
        if acceptance <= effort.least_acceptance:
            ended = "acceptance"
            break
    return Fit(kept, prior, tuple(steps), proposals.simulated, ended)


def _step(number: int, simulated: int, acceptance: float, kept: Particles) -> PopulationStep:
    return PopulationStep(number, simulated, acceptance, float(kept.distances.max()), effective_size(kept.weights))


def _nearest(particles: Particles, count: int) -> Particles:
    """Return the nearest, fewer if fewer have all their moments; those without weight are left out."""
    order = np.argsort(particles.distances, kind="stable")
    there = np.isfinite(particles.distances[order]) & (particles.weights[order] > 0)
    return particles.of(order[there][:count])


def _distances(noisy: Floats, observed: Observed) -> Floats:
    """Return the root of the mean squared deviation from each moment, in units of its error."""
    total = np.zeros(len(noisy))
    for moment, (value, error) in enumerate(zip(observed.values, observed.errors, strict=True)):
        deviation = (noisy[:, moment] - value) / error
        total += deviation * deviation
    found = np.sqrt(total / len(observed.values))
    return np.where(np.isfinite(found), found, math.inf)
