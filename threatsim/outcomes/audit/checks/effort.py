"""Checks 4, 5 and 8: more effort may not change the answer, and a harder target may not be easier."""

from __future__ import annotations

import torch

from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import FIFTH_OF_A_POINT, ONE_POINT, exceeds, named, share
from threatsim.outcomes.audit.subject import STEPS, AuditedModel, grey

_ITERATIONS = CheckSpec(
    4,
    "iterations",
    "Steps",
    "The attack has not converged, or a single step beats many: its success is a lower bound only.",
    "Take more steps until doubling them changes nothing; a gradient that misleads needs another loss.",
)
_RESTARTS = CheckSpec(
    5,
    "restarts",
    "Restarts",
    "Success depends on where the attack begins: the loss is rugged, and more images would fall to more starts.",
    "Raise `restarts` until doubling them changes nothing, and report the number.",
)
_TARGETED = CheckSpec(
    8,
    "targeted",
    "Targeted and untargeted",
    "An image was brought to a named class, but not to just any: the untargeted loss misleads.",
    "Take the worst case over targets as the untargeted figure.",
)


def iterations(subject: AuditedModel) -> CheckResult:
    """Check that many steps beat one on every image, and twice as many hardly beat them."""
    n = len(subject.rows)
    single = subject.run(FGSM(budget=subject.most_informative_budget))
    only_single = single.success & ~subject.halfway.success
    left = subject.survived
    more = subject.run(APGD(budget=subject.most_informative_budget, steps=2 * STEPS), left)
    target_decision = subject.target_decision().take(left)
    before = target_decision.margin(subject.halfway.logits[~subject.halfway.success])
    gain = float((target_decision.margin(more.logits) - before).mean()) if len(left) else 0.0
    newly = int(more.success.sum())
    return _ITERATIONS.result(
        f"1, {STEPS} and {2 * STEPS} steps at {grey(subject.most_informative_budget)}",
        f"{share(int(subject.halfway.success.sum()), n)} at {STEPS}; {int(only_single.sum())} by one step alone"
        f"{named(subject.rows[only_single], subject.called)}; {newly} more at {2 * STEPS}, margin {gain:+.2f} logits",
        ok=not exceeds(int(only_single.sum()), n, FIFTH_OF_A_POINT) and not exceeds(newly, n, ONE_POINT) and n > 0,
    )


def restarts(subject: AuditedModel) -> CheckResult:
    """Check that twice the restarts succeed on hardly any further image."""
    n, left = len(subject.rows), subject.survived
    more = subject.run(APGD(budget=subject.most_informative_budget, steps=STEPS, restarts=2), left)
    newly, first = int(more.success.sum()), int(subject.halfway.success.sum())
    return _RESTARTS.result(
        f"1 and 2 starts of {STEPS} steps at {grey(subject.most_informative_budget)}",
        f"{share(first, n)} with 1, {first + newly} with 2",
        ok=not exceeds(newly, n, ONE_POINT) and n > 0,
    )


def targeted(subject: AuditedModel) -> CheckResult | None:
    """Check that no image falls to a named class and survives an attack that takes any."""
    if subject.label is not None:
        return None
    classes, n = subject.clean.shape[1], len(subject.rows)
    free = subject.run(
        APGD(budget=subject.most_informative_budget, steps=20), target_decision=subject.untargeted()
    ).success
    reached = torch.zeros(n, dtype=torch.bool)
    parts, named_only = [], torch.zeros(n, dtype=torch.bool)
    for one in range(classes):
        away = subject.labels[subject.rows] != one
        towards = torch.full_like(subject.labels, one)
        target_decision = (
            TargetDecision.finding(towards, threshold=subject.threshold)
            if subject.two_classes
            else TargetDecision.reach(towards)
        )
        hit = subject.run(
            APGD(budget=subject.most_informative_budget, steps=20), subject.rows[away], target_decision=target_decision
        ).success
        reached[away] |= hit
        named_only[away] |= hit & ~free[away]
        if one < 4:
            parts.append(f"{int(hit.sum())}/{int(away.sum())} to class {one}")
    return _TARGETED.result(
        f"APGD, 20 steps at {grey(subject.most_informative_budget)}, to each of {classes} classes and to any",
        f"{', '.join(parts)}; {share(int(free.sum()), n)} to any; {int(named_only.sum())} to a named class alone"
        f"{named(subject.rows[named_only], subject.called)}",
        ok=not exceeds(int(named_only.sum()), n, ONE_POINT) and n > 0,
    )
