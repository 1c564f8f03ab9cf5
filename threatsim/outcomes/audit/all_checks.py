"""All checks, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from threatsim.attacks.checks import check_images, check_spec
from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.on_model import classes_of
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.outcomes.audit.audit_report import AuditReport, CheckResult
from threatsim.outcomes.audit.checks.binarised import binarised
from threatsim.outcomes.audit.checks.black_box import black_box, noise, worst_case
from threatsim.outcomes.audit.checks.broken_copies import broken_copies
from threatsim.outcomes.audit.checks.budgets import budget_large, budget_monotone, budget_zero
from threatsim.outcomes.audit.checks.closed_forms import few_classes, oracle
from threatsim.outcomes.audit.checks.denominators import denominators
from threatsim.outcomes.audit.checks.effort import iterations, restarts, targeted
from threatsim.outcomes.audit.checks.gradients import determinism, finite_difference, gradients, outputs, stepwise
from threatsim.outcomes.audit.checks.patches import patch_controls
from threatsim.outcomes.audit.checks.query_counts import queries
from threatsim.outcomes.audit.checks.replay import replay
from threatsim.outcomes.audit.checks.saved_files import constraints, fresh_verdict
from threatsim.outcomes.audit.checks.scale import scale
from threatsim.outcomes.audit.checks.surrogate import surrogate, weights_hash
from threatsim.outcomes.audit.subject import AuditedModel

Check = Callable[[AuditedModel], CheckResult | None]
"""A check; None where it does not apply."""
CHECKS: tuple[Check, ...] = (
    budget_zero,
    budget_large,
    budget_monotone,
    iterations,
    restarts,
    black_box,
    noise,
    targeted,
    gradients,
    outputs,
    determinism,
    stepwise,
    finite_difference,
    oracle,
    broken_copies,
    binarised,
    constraints,
    fresh_verdict,
    denominators,
    worst_case,
    queries,
    surrogate,
    patch_controls,
    replay,
    scale,
    few_classes,
)
"""The list of docs/how-to/audit.md; check 21, against other libraries, is a test of development."""


def audit(
    subject: AuditedModel, *, checks: tuple[Check, ...] = CHECKS, on_check: Callable[[int], None] | None = None
) -> AuditReport:
    """Run the checks that apply.

        from threatsim.outcomes.audit.all_checks import audit
        from threatsim.outcomes.audit.subject import AuditedModel
        report = audit(AuditedModel(model, images, labels))

    Args:
        subject: the classifier and its images.
        checks: those to run.
        on_check: called with 1 after each.

    Raises:
        InputError: the images are not within [0, 1], the budget leaves nothing to change, the labels do not fit, or the
            classifier cannot read the images.
        LogitsError: what the classifier returns is no verdict.
        ThreatsimError: it decides none of the images rightly.
    """
    check_images(subject.images, subject.called)
    check_spec(APGD(budget=subject.budget))
    if subject.labels.shape != (len(subject),):
        raise InputError(
            f"labels have shape {tuple(subject.labels.shape)}; wanted is one for each of {len(subject)} images",
            given=str(tuple(subject.labels.shape)),
        )
    classes_of(subject.victim, subject.images)
    if len(subject.rows) == 0:
        raise ThreatsimError(
            f"the classifier decides none of {len(subject)} images rightly: there is nothing to attack"
        )
    results = []
    for check in checks:
        result = check(subject)
        if result is not None:
            results.append(result)
        if on_check:
            on_check(1)
    return AuditReport(
        classifier=subject.name,
        weights=subject.weights or weights_hash(subject.model),
        surrogate=subject.surrogate_weights or (weights_hash(subject.surrogate) if subject.surrogate else ""),
        engine=ENGINE_VERSION,
        images=subject.source,
        n=len(subject),
        correct=len(subject.rows),
        budget=subject.budget,
        threshold=subject.threshold,
        device=subject.device.type,
        versions={name: version(name) for name in ("threatsim", "torch", "numpy")},
        checks=tuple(results),
    )
