"""Checks 6, 7 and 17: an attacker who sees less may not do better, and the headline is the worst case of an image."""

from __future__ import annotations

import torch

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.goal import NEVER
from threatsim.attacks.search.domain import Domain
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import FIFTH_OF_A_POINT, ONE_POINT, exceeds, named, share
from threatsim.outcomes.audit.subject import AuditedModel, grey

QUERIES = 200
DRAWS = 100
_BLACK_BOX = CheckSpec(
    6,
    "black_box",
    "White box against black box",
    "The gradients are masked: who sees them does worse than who does not, and the white-box figure is too low.",
    "Report the worst case over all attacks, and look for what hides the gradient.",
)
_NOISE = CheckSpec(
    7,
    "noise",
    "Random noise",
    "Blind noise finds what the attack misses: the attack is not searching.",
    "Look for zero gradients, a wrong sign of the loss, or a wrong pixel scale.",
)
_WORST = CheckSpec(
    17,
    "worst_case",
    "Worst case of each image",
    "One attack alone understates what an attacker with several gets.",
    "Report the share of images that any of the attacks turns.",
)


def blind_attacks(subject: AuditedModel, budget: PixelBudget) -> dict[str, ImageAttack]:
    """Return the attacks at hand that need no gradient of the victim, by name."""
    attacks: dict[str, ImageAttack] = {}
    if budget.norm == "linf":
        attacks["Square"] = Square(budget=budget, queries=QUERIES)
    if subject.surrogate is not None:
        attacks["transfer"] = APGD(access="black_box", budget=budget, steps=20, goal=NEVER)
    return attacks


def black_box(subject: AuditedModel) -> CheckResult | None:
    """Check that the white box succeeds where a black box does, at the budget and at the most informative one."""
    n, found, tried = len(subject.rows), [], []
    missed = torch.zeros(n, dtype=torch.bool)
    for budget, white in ((subject.budget, subject.white_box), (subject.most_informative_budget, subject.halfway)):
        left = (~white.success).nonzero().squeeze(1)
        for name, spec in blind_attacks(subject, budget).items():
            hit = subject.run(spec, subject.rows[left]).success
            missed[left[hit]] = True
            found.append(f"{name} {int(hit.sum())} of the {len(left)} withstood at {grey(budget)}")
            tried.append(name)
    if not tried:
        return None
    return _BLACK_BOX.result(
        f"{' and '.join(dict.fromkeys(tried))} on what withstood the white box (Square: {QUERIES} queries)",
        f"{'; '.join(found)}{named(subject.rows[missed], subject.called)}",
        ok=not exceeds(int(missed.sum()), n, FIFTH_OF_A_POINT) and n > 0,
    )


def noise(subject: AuditedModel) -> CheckResult:
    """Check that no image survives the attack but not random changes of the same size."""
    found, only = [], torch.zeros(len(subject.rows), dtype=torch.bool)
    for budget, white in ((subject.budget, subject.white_box), (subject.most_informative_budget, subject.halfway)):
        left = (~white.success).nonzero().squeeze(1)
        hit = by_noise(subject, subject.rows[left], budget, DRAWS)
        only[left[hit]] = True
        found.append(f"{int(hit.sum())} of the {len(left)} withstood at {grey(budget)}")
    return _NOISE.result(
        f"{DRAWS} uniform and {DRAWS} corner draws on what withstood the white box",
        f"{'; '.join(found)}{named(subject.rows[only], subject.called)}",
        ok=not bool(only.any()) and len(only) > 0,
    )


def by_noise(subject: AuditedModel, rows: torch.Tensor, budget: PixelBudget, draws: int) -> torch.Tensor:
    """Return (M,) bool: images of `rows` on which `draws` uniform or as many corner draws in the budget succeed.

    Args:
        subject: the model with its images.
        rows: (M,) int64, rows of its images.
        budget: how far pixels are moved.
        draws: how often noise of each kind is drawn anew.
    """
    success = torch.zeros(len(rows), dtype=torch.bool)
    for draw in range(draws):
        left = (~success).nonzero().squeeze(1)
        if len(left) == 0:
            break
        here = rows[left]
        domain = Domain.of(subject.images[here], budget)
        unit = keyed_uniform(
            [f"noise/{draw}/{subject.keys[int(row)]}" for row in here], tuple(subject.images.shape[1:])
        )
        target_decision = subject.target_decision().take(here)
        for sample in (unit, unit.round()):
            success[left] |= target_decision.is_success(subject.logits(domain.file(domain.start(sample))))
    return success


def worst_case(subject: AuditedModel) -> CheckResult:
    """Check the worst of all attacks over images against the attack that is reported."""
    n = len(subject.rows)
    step = subject.budget.epsilon / 4
    others: dict[str, ImageAttack] = {
        "FGSM": FGSM(budget=subject.budget),
        "PGD": PGD(access="white_box", budget=subject.budget, step=step, steps=10),
        **blind_attacks(subject, subject.budget),
    }
    columns = {"APGD": subject.white_box.success}
    columns |= {name: subject.run(spec).success for name, spec in others.items()}
    any_success = torch.stack(list(columns.values())).any(0)
    beyond = int(any_success.sum()) - int(columns["APGD"].sum())
    found = ", ".join(f"{name} {int(success.sum())}" for name, success in columns.items())
    return _WORST.result(
        f"{len(columns)} attacks at {grey(subject.budget)}, image by image",
        f"{share(int(any_success.sum()), n)} turned by any; {found}",
        ok=not exceeds(beyond, n, ONE_POINT) and n > 0,
    )
