"""From the verdicts on attacked images to shares, medians and curves, all over stated denominators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.engine import Attacked
from threatsim.cases.image_set import CaseSet
from threatsim.outcomes.lab.attack_record import Curve, CurvePoint, Distance, Effort, Success
from threatsim.outcomes.lab.budget_curve import NestedCurve
from threatsim.statistics.discrimination import proportion
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import median_interval

_POINTS = 24


@dataclass(frozen=True)
class AttackVerdicts:
    """The attacked cases with the verdicts on them; every one was pushed towards the class that it does not have.

    Attributes:
        cases: (N) the originals.
        clean: (N,) p(finding) before.
        success: (N,) bool, whether the decision is the wrong one after.
        threshold: operating point.
    """

    cases: CaseSet
    clean: NDArray[np.float32]
    success: NDArray[np.bool_]
    threshold: float

    @cached_property
    def patients(self) -> NDArray[np.str_]:
        """(N,) the patient of each case."""
        return np.array(self.cases.patient_ids)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """(N,) rightly decided at the operating point when clean."""
        found: NDArray[np.bool_] = (self.clean >= self.threshold) == (self.cases.labels == 1)
        return found

    @cached_property
    def rightly_below(self) -> NDArray[np.bool_]:
        """(N,) without the finding, and below the operating point when clean."""
        found: NDArray[np.bool_] = self.correct & (self.cases.labels == 0)
        return found

    def share(self, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Estimate:
        """Estimate the share of `among` that are `hits`, both (N,), with Wilson's interval over patients."""
        return proportion(hits[among], self.patients[among])


def success_of(verdicts: AttackVerdicts, control: NDArray[np.bool_] | None) -> Success:
    """Measure success by denominator and direction.

    Args:
        verdicts: on the attacked images.
        control: (N,) bool, whether the shuffled change succeeds; None where the attack has no such control.
    """
    success, correct = verdicts.success, verdicts.correct
    return Success(
        all=verdicts.share(success, np.ones_like(success)),
        initially_correct=verdicts.share(success, correct),
        lifted=verdicts.share(success, verdicts.rightly_below),
        hidden=verdicts.share(success, correct & ~verdicts.rightly_below),
        control=None if control is None else verdicts.share(control, correct),
    )


def effort_of(verdicts: AttackVerdicts, found: Attacked) -> Effort | None:
    """Measure queries if there were any, else gradients if it followed any."""
    queried = bool((found.queries > 0).any())
    cost = (found.queries if queried else found.gradients).numpy().astype(np.float64)[verdicts.correct]
    if not (cost > 0).any():
        return None
    success = verdicts.success[verdicts.correct]
    return Effort(
        unit="queries" if queried else "gradients",
        median_of_successes=median_interval(cost[success]),
        median_with_failures=median_interval(np.where(success, cost, np.inf)),
        greatest=int(cost.max()),
    )


def distance_of(verdicts: AttackVerdicts, found: Attacked) -> Distance:
    """Measure medians over the initially correct images on which it succeeded; none if there are none."""
    rows = torch.from_numpy(np.flatnonzero(verdicts.success & verdicts.correct))
    if not len(rows):
        return Distance(grey_levels=None, l2=None, changed=None)
    change = found.images[rows] - verdicts.cases.images[rows]
    flat = change.flatten(1)
    changed = (change.abs().amax(1) > 1e-6).flatten(1).float().mean(1)
    levels = (flat.abs().amax(1) * 255).round()
    return Distance(
        grey_levels=float(levels.median()), l2=float(flat.norm(dim=1).median()), changed=float(changed.median())
    )


def curve_of_nested(verdicts: AttackVerdicts, ascent: NestedCurve, unit: str, requested: float | None) -> Curve:
    """Return the curve of nested budgets over the initially correct, which are the ones that it was computed on.

    Args:
        verdicts: on the attacked images.
        ascent: success by budget of the initially correct.
        unit: what the budget counts.
        requested: the budget that was requested, on the axis; None if there is none.
    """
    control = None
    if ascent.control is not None:
        control = np.zeros((len(ascent.budgets), len(verdicts.clean)), dtype=np.bool_)
        control[:, verdicts.correct] = ascent.control
    success_at = np.full(len(verdicts.clean), np.inf)
    success_at[verdicts.correct] = ascent.success_at
    return _curve(verdicts, success_at, ascent.budgets, control, unit=unit, kind="nested", requested=requested)


def curve_of_values(
    verdicts: AttackVerdicts,
    values: NDArray[np.float64],
    unit: str,
    kind: str,
    requested: float | None,
    control: NDArray[np.bool_] | None,
) -> Curve:
    """Return the curve that the images' own distances or query counts give.

    Args:
        verdicts: on the attacked images.
        values: (N,) what each image's success took.
        unit: what they count.
        kind: `distances` or `queries`.
        requested: the budget that was requested, on the axis; None if there is none.
        control: (N,) whether the shuffled change, of the same size, changes the decision.
    """
    success_at = np.where(verdicts.success, values, np.inf)
    reached = np.unique(success_at[verdicts.correct & np.isfinite(success_at)])
    if len(reached) > _POINTS:
        reached = np.unique(np.quantile(reached, np.linspace(0, 1, _POINTS), method="nearest"))
    budgets = sorted({*reached.tolist(), *([float(requested)] if requested is not None else [])})
    hits = None if control is None else np.stack([control & (values <= budget) for budget in budgets or [0.0]])
    return _curve(verdicts, success_at, budgets, hits, unit=unit, kind=kind, requested=requested)


def _curve(
    verdicts: AttackVerdicts,
    success_at: NDArray[np.float64],
    budgets: Sequence[float],
    control: NDArray[np.bool_] | None,
    *,
    unit: str,
    kind: str,
    requested: float | None,
) -> Curve:
    points = tuple(
        CurvePoint(
            budget=float(budget),
            success=verdicts.share(success_at <= budget, verdicts.correct),
            lifted=verdicts.share(success_at <= budget, verdicts.rightly_below),
            control=None if control is None else verdicts.share(control[number], verdicts.correct),
        )
        for number, budget in enumerate(budgets)
    )
    return Curve(unit=unit, kind=kind, asked=requested, points=points)
