"""Success against budget, by nested budgets: what falls at a small one counts at every larger one.

An attack at a large budget from a bad start can miss what a small one finds, so a curve of separate attacks may fall
where success cannot: whoever may change more may also change less. Each budget is therefore tried only on the images
that have withstood the smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.adversary import Adversary
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.registry import AttackSpec
from threatsim.attacks.search.aim import Aim
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.common.keyed_random import keyed_uniform

_LEVELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_TRAINED = (2, 4, 8, 16)
"""A universal perturbation is trained anew for every budget, which costs more than the attack itself."""
_SHARES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Rung:
    """One budget of a curve: where it lies on the axis, and the attack with it."""

    budget: float
    spec: AttackSpec


@dataclass(frozen=True)
class Climb:
    """Where each image fell.

    Attributes:
        budgets: (B,) on the axis, rising.
        fell_at: (N,) the budget at which the decision turned, infinite where it never did.
        control: (B, N) bool, whether the same change with its pixels shuffled turns the decision too; None where that
            has no meaning.
    """

    budgets: tuple[float, ...]
    fell_at: NDArray[np.float64]
    control: NDArray[np.bool_] | None


def has_curve(spec: AttackSpec | CodeSwap) -> TypeGuard[FGSM | PGD | APGD]:
    """Whether a report shows success against the budget: of gradient attacks under a bound on each pixel's change."""
    return isinstance(spec, FGSM | PGD | APGD) and spec.budget.norm == "linf"


def grey_levels(budget: PixelBudget) -> float:
    """Greatest change of a pixel under a budget of norm linf (grey levels of 255)."""
    return budget.whole_levels or budget.radius * 255


def ladder(spec: AttackSpec) -> tuple[list[Rung], str]:
    """The budgets that an attack is tried with, and what they are budgets of; none for one without a budget."""
    budget: PixelBudget | None = getattr(spec, "budget", None)
    if spec.access == "queries":
        return [], "queries"
    if budget is not None and budget.norm == "linf":
        asked = grey_levels(budget)
        wanted = _TRAINED if isinstance(spec, Universal) else _LEVELS
        shown = sorted({*(level for level in wanted if level <= max(16, 4 * asked)), asked})
        return [Rung(level, _at(spec, budget, level / 255 / budget.radius)) for level in shown], "grey levels"
    if budget is not None:
        return [Rung(budget.radius * share, _at(spec, budget, share)) for share in _SHARES], "L2 distance on [0, 1]"
    steps: tuple[str, str, Sequence[float]] | None = None
    if isinstance(spec, Patch):
        steps = "scale", "diameter, share of the width", sorted({0.1, 0.2, 0.3, 0.4, 0.5, spec.scale})
    elif isinstance(spec, Rotation):
        steps = "greatest", "degrees", sorted({5.0, 10.0, 15.0, 20.0, 30.0, 45.0, spec.greatest})
    elif isinstance(spec, Captures):
        steps = "count", "captures", sorted({2, 4, 8, 16, 32, spec.count})
    if steps is None:
        return [], ""
    field, unit, values = steps
    return [Rung(value, spec.model_copy(update={field: value})) for value in values], unit


def _at(spec: AttackSpec, budget: PixelBudget, share: float) -> AttackSpec:
    changes: dict[str, Any] = {"budget": budget.scaled(share)}
    if isinstance(spec, PGD):
        changes["step"] = spec.step * share
    return spec.model_copy(update=changes)


def climb(
    adversary: Adversary,
    cases: CaseSet,
    towards: torch.Tensor,
    rungs: Sequence[Rung],
    *,
    seed: int = 0,
    on_cases: Callable[[int], None] | None = None,
) -> Climb:
    """Attack the cases with each budget in turn, survivors only.

    Args:
        towards: (N,) int64, the decision wanted of each case.
        rungs: by rising budget.
        on_cases: called with the number of cases that need no further work at a budget.
    """
    n = len(cases)
    fell_at = np.full(n, np.inf)
    latest = cases.images.clone()
    noisy = all(getattr(rung.spec, "budget", None) is not None for rung in rungs)
    control = np.zeros((len(rungs), n), dtype=np.bool_)
    for number, rung in enumerate(rungs):
        live = np.flatnonzero(np.isinf(fell_at))
        if on_cases:
            on_cases(n - len(live))
        if len(live):
            index = torch.from_numpy(live)
            found = attack(
                adversary, cases.subset(live), rung.spec, seed=seed, towards=towards[index], on_batch=on_cases
            )
            latest[index] = found.images
            fell_at[live[found.turned.numpy()]] = rung.budget
        if noisy:
            control[number] = shuffled_turns(adversary, cases, latest, towards, rung.spec, seed=seed)
    return Climb(tuple(rung.budget for rung in rungs), fell_at, control if noisy else None)


def shuffled_turns(
    adversary: Adversary,
    cases: CaseSet,
    attacked: torch.Tensor,
    towards: torch.Tensor,
    spec: AttackSpec,
    *,
    seed: int = 0,
) -> NDArray[np.bool_]:
    """(N,) whether each change, stretched to the whole budget, turns the decision once its pixels are shuffled.

    The control of Bortsova et al. 2021 (Med. Image Anal. 73:102141): as much change, with nothing learnt in it.

    Args:
        attacked: (N, 3, H, W) the attacked files.
        spec: its budget, if it has one, is what the changes are stretched to.
    """
    logits = _shuffled_logits(adversary, cases, attacked, spec, seed)
    return Aim.finding(towards, threshold=adversary.threshold).turned(logits).numpy()


def shuffled_scores(
    adversary: Adversary, cases: CaseSet, attacked: torch.Tensor, spec: AttackSpec, *, seed: int = 0
) -> NDArray[np.float32]:
    """(N,) p(finding) of the shuffled changes of `shuffled_turns`."""
    scores: NDArray[np.float32] = _shuffled_logits(adversary, cases, attacked, spec, seed).softmax(1)[:, 1].numpy()
    return scores


def _shuffled_logits(
    adversary: Adversary, cases: CaseSet, attacked: torch.Tensor, spec: AttackSpec, seed: int
) -> torch.Tensor:
    change = attacked - cases.images
    budget: PixelBudget | None = getattr(spec, "budget", None)
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
    files, device = to_grid(cases.images + moved), adversary.victim.device
    parts = (files[start : start + 64] for start in range(0, len(files), 64))
    return torch.cat([adversary.victim.judge(part.to(device)).cpu() for part in parts])
