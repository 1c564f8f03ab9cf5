"""Success against budget, by nested budgets: what falls at a small one counts at every larger one.

An attack at a large budget from a bad start can miss what a small one finds, so a curve of separate attacks may fall
where success cannot: whoever may change more may also change less. Each budget is therefore tried only on the images
that have survived the smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.base import Attack, ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.catalogue.attack_row import BudgetCurve
from threatsim.classifiers.checkpoints import Checkpoints
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.outcomes.lab.attack_parts import attack_in_parts

_SHARES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Shares of a budget in norm l2 that it is tried with: it has no steps of its own."""
L2: Final = "L2 distance on [0, 1]"
"""The axis of a budget in norm l2."""


@dataclass(frozen=True)
class GridPoint:
    """One budget of a curve: where it lies on the axis, and the attack with it."""

    budget: float
    spec: ImageAttack


@dataclass(frozen=True)
class NestedCurve:
    """The budget of each image's first success.

    Attributes:
        budgets: (B,) on the axis, rising.
        success_at: (N,) the budget of the first success, infinite where there is none.
        control: (B, N) bool, whether the same change with its pixels shuffled succeeds too; None where that
            has no meaning.
    """

    budgets: tuple[float, ...]
    success_at: NDArray[np.float64]
    control: NDArray[np.bool_] | None


def in_report(spec: Attack) -> TypeGuard[ImageAttack]:
    """Return whether a scenario's report shows success against the budget, under a bound on each pixel's change."""
    curve = spec.row.curve
    return curve is not None and curve.in_report and getattr(spec, curve.field).norm == "linf"


def requested_budget(spec: ImageAttack) -> float | None:
    """Return the attack's own budget on the axis of its curve; None if it has none.

    Of a pixel budget in norm linf it is in grey levels of 255, of which a file within it can use the whole ones.
    """
    curve, bound = spec.row.curve, spec.bound
    if bound is not None:
        return float(bound.whole_levels or bound.radius * 255) if bound.norm == "linf" else bound.radius
    return None if curve is None or not curve.values else float(getattr(spec, curve.field))


def budget_grid(spec: ImageAttack) -> tuple[list[GridPoint], str]:
    """Return the budgets that an attack is tried with, and what they are budgets of; none for one without a budget."""
    curve, bound = spec.row.curve, spec.bound
    if spec.access == "queries":
        return [], "queries"
    if curve is None or not curve.values:
        return [], ""
    if bound is None:
        values = sorted({*curve.values, getattr(spec, curve.field)})
        return [GridPoint(value, spec.model_copy(update={curve.field: value})) for value in values], curve.axis
    if bound.norm == "linf":
        own = bound.whole_levels or bound.radius * 255
        shown = sorted({*(level for level in curve.values if level <= max(16, 4 * own)), own})
        return [GridPoint(level, _at(spec, curve, bound, level / 255 / bound.radius)) for level in shown], curve.axis
    return [GridPoint(bound.radius * share, _at(spec, curve, bound, share)) for share in _SHARES], L2


def _at(spec: ImageAttack, curve: BudgetCurve, bound: PixelBudget, share: float) -> ImageAttack:
    scaled = {field: getattr(spec, field) * share for field in curve.scaled}
    return spec.model_copy(update={curve.field: bound.scaled(share), **scaled})


def nested_curve(
    threat_model: ThreatModel,
    cases: CaseSet,
    towards: torch.Tensor,
    grid: Sequence[GridPoint],
    kept: Checkpoints | None = None,
    *,
    seed: int = 0,
    on_cases: Callable[[int], None] | None = None,
) -> NestedCurve:
    """Attack the cases with each budget in turn, survivors only.

    Args:
        towards: (N,) int64, the decision wanted of each case.
        grid: by rising budget.
        kept: where finished parts of the attacks lie, for the caller to discard when all is done; nowhere if None.
        on_cases: called with the number of cases that need no further work at a budget.
    """
    n = len(cases)
    success_at = np.full(n, np.inf)
    latest = cases.images[:].clone()
    noisy = all(grid_point.spec.row.control == "shuffled" for grid_point in grid)
    control = np.zeros((len(grid), n), dtype=np.bool_)
    for number, grid_point in enumerate(grid):
        live = np.flatnonzero(np.isinf(success_at))
        if on_cases:
            on_cases(n - len(live))
        if len(live):
            index = torch.from_numpy(live)
            found = attack_in_parts(
                threat_model,
                cases.subset(live),
                grid_point.spec,
                kept,
                seed=seed,
                towards=towards[index],
                on_batch=on_cases,
            )
            latest[index] = found.images
            success_at[live[found.success.numpy()]] = grid_point.budget
        if noisy:
            control[number] = shuffled_success(threat_model, cases, latest, towards, grid_point.spec, seed=seed)
    return NestedCurve(tuple(grid_point.budget for grid_point in grid), success_at, control if noisy else None)


def shuffled_success(
    threat_model: ThreatModel,
    cases: CaseSet,
    attacked: torch.Tensor,
    towards: torch.Tensor,
    spec: ImageAttack,
    *,
    seed: int = 0,
) -> NDArray[np.bool_]:
    """Return (N,) whether each change, stretched to the whole budget, succeeds once its pixels are shuffled.

    The control of Bortsova et al. 2021 (Med. Image Anal. 73:102141): as much change, with nothing learnt in it.

    Args:
        attacked: (N, 3, H, W) the attacked files.
        spec: its budget, if it has one, is what the changes are stretched to.
    """
    logits = _shuffled_logits(threat_model, cases, attacked, spec, seed)
    return TargetDecision.finding(towards, threshold=threat_model.threshold).is_success(logits).numpy()


def shuffled_scores(
    threat_model: ThreatModel, cases: CaseSet, attacked: torch.Tensor, spec: ImageAttack, *, seed: int = 0
) -> NDArray[np.float32]:
    """Return (N,) p(finding) of the shuffled changes of `shuffled_success`.

    Args:
        threat_model: the victim, and what the attacker has.
        cases: (N,) the cases as they were.
        attacked: (N, 3, H, W) float32 in [0, 1], their attacked images.
        spec: the attack that made them.
        seed: of the shuffling.
    """
    scores: NDArray[np.float32] = _shuffled_logits(threat_model, cases, attacked, spec, seed).softmax(1)[:, 1].numpy()
    return scores


def _shuffled_logits(
    threat_model: ThreatModel, cases: CaseSet, attacked: torch.Tensor, spec: ImageAttack, seed: int
) -> torch.Tensor:
    change = attacked - cases.images[:]
    budget = spec.bound
    if budget is not None:
        flat = change.flatten(1)
        size = flat.abs().amax(1) if budget.norm == "linf" else flat.norm(dim=1)
        whole = budget.whole_levels
        radius = budget.radius if whole is None or budget.levels is None else whole / budget.levels
        change = change * (radius / size.clamp(min=1e-9)).clamp(min=1)[:, None, None, None]
    keys = [f"shuffled/{seed}/{fingerprint}" for fingerprint in cases.fingerprints]
    pixels = change.flatten(2)
    order = keyed_uniform(keys, (pixels.shape[2],)).argsort(dim=1, stable=True)
    moved = pixels.gather(2, order[:, None].expand_as(pixels)).reshape(change.shape)
    files, device = to_grid(cases.images[:] + moved), threat_model.victim.device
    parts = (files[start : start + 64] for start in range(0, len(files), 64))
    return torch.cat([threat_model.victim.verdict(part.to(device)).cpu() for part in parts])
