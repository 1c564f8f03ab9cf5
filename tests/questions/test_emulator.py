"""The emulator of a sweep: exact on a quadratic, honest about points left out, refused where it errs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from threatsim.questions.sweep.emulator import Emulator, Surface, emulated
from threatsim.questions.sweep.findings import PointFigure, SweepFindings, VariedPath
from threatsim.statistics.estimate import Estimate

Truth = Callable[[Mapping[str, float]], float | None]
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
FINES = (1, 2, 3, 5)


def findings(points: Sequence[Mapping[str, Any]], truth: Truth, width: float = 1.0) -> SweepFindings:
    """A sweep of one arm whose only figure is known; the first path is on a logarithmic scale."""
    paths = list(points[0])
    levels = [truth(point) for point in points]
    return SweepFindings(
        design="grid",
        replicates=8,
        varied=tuple(
            VariedPath(path=path, unit="", stands=None, values=tuple(sorted({p[path] for p in points})), log=not place)
            for place, path in enumerate(paths)
        ),
        points=tuple(dict(point) for point in points),
        figures=("payer_loss",),
        found=tuple(
            PointFigure(
                point=number,
                arm="baseline",
                figure="payer_loss",
                level=Estimate(value=level, low=None, high=None, n=0)
                if level is None
                else Estimate(value=level, low=level - width / 2, high=level + width / 2, n=8),
                difference=None,
            )
            for number, level in enumerate(levels)
        ),
        failures=(),
        metrics_hash="",
    )


def grid() -> list[dict[str, Any]]:
    return [{"a.rate": rate, "b.fine": fine} for rate in RATES for fine in FINES]


def quadratic(point: Mapping[str, float]) -> float:
    rate, fine = math.log10(point["a.rate"]), point["b.fine"]
    return 50 - 3 * rate + 2 * rate * rate + 0.5 * rate * fine - fine + 0.25 * fine * fine


def of(emulator: Emulator | None) -> tuple[Emulator, Surface]:
    assert emulator is not None
    (surface,) = emulator.surfaces
    return emulator, surface


def noisy(point: Mapping[str, float]) -> float:
    return quadratic(point) + math.sin(1e4 * point["a.rate"] + 7 * point["b.fine"])


def test_a_known_quadratic_is_found_between_the_points() -> None:
    emulator, surface = of(emulated(findings(grid(), quadratic), ["baseline"]))
    assert surface.ridge == 0
    assert surface.error < 1e-9
    assert surface.offered
    for rate, fine in ((0.0017, 1.0), (0.05, 4.0), (0.1, 2.5)):
        values = {"a.rate": rate, "b.fine": fine}
        assert emulator.at(surface, values) == pytest.approx(quadratic(values), rel=1e-5)


def test_the_error_is_that_of_fitting_again_without_each_point_and_no_penalty_has_less() -> None:
    emulator, surface = of(emulated(findings(grid(), noisy), ["baseline"]))
    places = np.array([lever.places([p[lever.path] for p in grid()]) for lever in emulator.levers])
    columns = np.array([np.prod(places[list(term)], axis=0) for term in emulator.terms]).T
    values = np.array([noisy(point) for point in grid()])

    def again(ridge: float) -> float:
        penalty = np.diag([0.0, *[ridge * len(values)] * (columns.shape[1] - 1)])
        errors = []
        for left in range(len(values)):
            kept = np.arange(len(values)) != left
            fitted = np.linalg.solve(columns[kept].T @ columns[kept] + penalty, columns[kept].T @ values[kept])
            errors.append(values[left] - columns[left] @ fitted)
        return float(np.sqrt(np.mean(np.square(errors))))

    assert surface.error == pytest.approx(again(surface.ridge), rel=1e-5)
    assert surface.error <= min(again(ridge) for ridge in (0.0, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1)) * (1 + 1e-5)


def test_one_that_errs_by_more_than_a_third_of_the_interval_is_not_offered() -> None:
    _, near = of(emulated(findings(grid(), noisy, width=1.0), ["baseline"]))
    assert not near.offered
    _, just = of(emulated(findings(grid(), noisy, width=3.0001 * near.error), ["baseline"]))
    _, beyond = of(emulated(findings(grid(), noisy, width=2.9999 * near.error), ["baseline"]))
    assert (just.offered, beyond.offered) == (True, False)


def test_a_figure_that_never_changes_has_no_error_and_no_width() -> None:
    emulator, surface = of(emulated(findings(grid(), lambda point: 0.1, width=0.0), ["baseline"]))
    assert (surface.error, surface.width, surface.offered) == (0.0, 0.0, True)
    assert emulator.at(surface, {"a.rate": 0.02, "b.fine": 3}) == pytest.approx(0.1)


def test_points_without_the_figure_are_left_out_and_too_few_are_refused() -> None:
    def seldom(point: Mapping[str, float]) -> float | None:
        return None if point["a.rate"] > 0.05 else quadratic(point)

    _, surface = of(emulated(findings(grid(), seldom), ["baseline"]))
    assert len(surface.levels) == 16
    assert surface.error < 1e-9
    _, alone = of(emulated(findings(grid(), lambda p: 1.0 if p["a.rate"] < 0.005 else None), ["baseline"]))
    assert (len(alone.levels), alone.coefficients, alone.offered) == (8, (), False)


@pytest.mark.parametrize(
    "points",
    [
        [{"a.rate": rate} for rate in RATES[:4]],
        [{"a.rate": rate, "b.below": word} for rate in RATES for word in ("pend", "deny")],
        [{"a.rate": rate, "b.on": on} for rate in RATES for on in (False, True)],
        [{"a.rate": rate, **{f"b.n{other}": rate * other for other in range(1, 7)}} for rate in RATES * 20],
    ],
    ids=["four points", "words", "yes or no", "seven paths"],
)
def test_a_sweep_that_has_no_surface_has_no_emulator(points: list[dict[str, Any]]) -> None:
    assert emulated(findings(points, lambda point: point["a.rate"]), ["baseline"]) is None


def test_a_path_of_two_values_has_no_square_and_paths_that_move_together_do_no_harm() -> None:
    points = [{"a.rate": rate, "b.fine": fine} for rate in RATES for fine in (1, 2)]
    emulator, surface = of(emulated(findings(points, lambda p: 3 * p["b.fine"]), ["baseline"]))
    assert emulator.terms == ((), (0,), (1,), (0, 0), (0, 1))
    assert surface.error < 1e-9
    together = [{"a.rate": 0.001 * 1.1**step, "b.fine": 1 + step} for step in range(12)]
    emulator, surface = of(emulated(findings(together, lambda p: 2 * p["b.fine"]), ["baseline"]))
    assert surface.offered
    assert emulator.at(surface, together[5]) == pytest.approx(12, rel=0.01)
