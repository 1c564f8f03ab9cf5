"""Check 16: what the percentages are percentages of."""

from __future__ import annotations

import torch

from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_DENOMINATORS = CheckSpec(
    16,
    "denominators",
    "Denominators",
    "The classifier is no better than always naming the commonest class: turning its decisions shows nothing.",
    "Attack a classifier that works on these images; compare its clean figures with those of its training.",
)


def denominators(subject: AuditedModel) -> CheckResult:
    """Check clean accuracy, success on what was right, and what stays right of all; flag a useless classifier."""
    n, right = len(subject), int(subject.right.sum())
    success = int(subject.white_box.success.sum())
    commonest = int(torch.bincount(subject.labels).max())
    return _DENOMINATORS.result(
        f"{n} images, the commonest class {commonest / n:.0%}, APGD at {grey(subject.budget)}",
        f"right when clean {share(right, n)}; success {share(success, right)}; "
        f"right under attack {share(right - success, n)}",
        ok=right > commonest or _sorts(subject),
    )


def _sorts(subject: AuditedModel) -> bool:
    """Return whether it ranks: at a sensitive operating point fewer may be right than are of the commonest class."""
    if subject.label is None and not subject.two_classes:
        return False
    positive = subject.labels == 1
    towards = torch.ones(len(subject), dtype=torch.int64)
    target_decision = (
        TargetDecision.finding(towards) if subject.label is None else TargetDecision.switch(subject.label, towards)
    )
    margin = target_decision.margin(subject.clean)
    if not bool(positive.any()) or bool(positive.all()):
        return False
    above = (margin[positive][:, None] > margin[~positive][None, :]).float().mean()
    return float(above) > 0.65
