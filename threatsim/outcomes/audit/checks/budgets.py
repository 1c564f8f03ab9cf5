"""Checks 1 to 3: what success does as the budget goes from nothing to everything (Carlini et al. 2019, 1902.06705)."""

from __future__ import annotations

import math
from itertools import pairwise

from threatsim.attacks.families.apgd import APGD
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import ONE_POINT, exceeds, named, share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_ZERO = CheckSpec(
    1,
    "budget_zero",
    "A budget of zero",
    "A decision turned without any change of the image: files or verdicts are not what they are taken for.",
    "Feed the model images on the 8-bit grid, and make its forward pass deterministic.",
)
_LARGE = CheckSpec(
    2,
    "budget_large",
    "A large budget",
    "With half of the pixel range any image can become grey; an attack that fails even there does not see the model.",
    "Look for gradients that are zero, saturated or random, and for preprocessing that undoes changes.",
)
_MONOTONE = CheckSpec(
    3,
    "budget_monotone",
    "More budget, more success",
    "The attack gets lost in larger balls, so its success at any budget may be understated.",
    "Take more steps and restarts, or begin from what a smaller budget found.",
)


def budget_zero(subject: AuditedModel) -> CheckResult:
    """Check that nothing succeeds at epsilon 0; the engine refuses such a budget, so the search itself is called."""
    budget = subject.budget.model_copy(update={"epsilon": 0.0})
    success = subject.run(APGD(budget=budget, steps=2)).success
    return _ZERO.result(
        f"APGD with epsilon 0 on {len(success)} images decided rightly",
        f"{int(success.sum())} turned{named(subject.rows[success], subject.called)}",
        ok=not bool(success.any()) and len(success) > 0,
    )


def budget_large(subject: AuditedModel) -> CheckResult:
    """Check that some budget up to half of the pixel range succeeds on every image."""
    greatest = 0.5 if subject.budget.norm == "linf" else 0.5 * math.sqrt(subject.images[0].numel())
    top = greatest / subject.budget.radius
    shares = sorted({*(one for one in (1.0, 2.0, 4.0) if one < top), *_powers(8.0, top), top})
    tried, success, n = subject.budget, 0, len(subject.rows)
    for one in shares:
        attacked = subject.curve.get(one)
        if attacked is None:
            attacked = subject.run(APGD(budget=subject.at(one), steps=20))
        if int(attacked.success.sum()) >= success:
            tried, success = subject.at(one), int(attacked.success.sum())
        if success == n:
            break
    return _LARGE.result(
        f"APGD, 20 steps, from {grey(subject.budget)} up to {greatest * 255:.3g}",
        f"{share(success, n)} turned at {grey(tried)}",
        ok=success == n > 0,
    )


def _powers(first: float, top: float) -> list[float]:
    powers = []
    while first < top:
        powers.append(first)
        first *= 4
    return powers


def budget_monotone(subject: AuditedModel) -> CheckResult:
    """Check that success does not fall from a quarter of the budget to four times it; no result is carried over."""
    counts = {one: int(attacked.success.sum()) for one, attacked in sorted(subject.curve.items())}
    n = len(subject.rows)
    lost = max((before - after for before, after in pairwise(counts.values())), default=0)
    found = ", ".join(f"{count}/{n} at {grey(subject.at(one))}" for one, count in counts.items())
    return _MONOTONE.result(
        "APGD, 20 steps, begun anew at each of five budgets", found, ok=not exceeds(max(lost, 0), n, ONE_POINT)
    )
