"""Check 20: a trained patch against patches that are not trained, of the same size, at the same places."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

import torch
from scipy.stats import binomtest

from threatsim.attacks.families.patch import Patch
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import share
from threatsim.outcomes.audit.subject import AuditedModel

_SCALE = 0.4
_LEVEL = 0.05
_CONTROLS: tuple[Literal["natural", "grey", "noise", "shuffled"], ...] = ("natural", "grey", "noise", "shuffled")
_PATCHES = CheckSpec(
    20,
    "patch_controls",
    "Patch controls",
    "A patch that nobody trained does as well: the success is that of covering the image, not of the attack.",
    "Train the patch longer, or report the control's figure beside it.",
)


def patch_controls(subject: AuditedModel) -> CheckResult | None:
    """Check that the trained patch succeeds on more images than any control at hand (exact sign test on pairs)."""
    if "white_box" not in subject.patches or not subject.two_classes:
        return None
    if subject.more is not None:
        images, labels = subject.more
        subject = dataclasses.replace(subject, images=images, labels=labels, names=(), more=None)
    trained = subject.run(Patch(access="white_box", scale=_SCALE)).success
    controls = [Patch(access="none", scale=_SCALE, control=control) for control in _CONTROLS]
    found, rivals = [], []
    for spec in controls:
        if spec.trained_patch not in subject.patches:
            continue
        success = subject.run(spec).success
        found.append(f"{spec.control} {int(success.sum())}")
        if not beats(trained, success):
            rivals.append(spec.control)
    if not found:
        return None
    against = f"; not beaten: {', '.join(rivals)}" if rivals else ""
    return _PATCHES.result(
        f"patches of {_SCALE:.0%} of the width, {math.pi / 4 * _SCALE**2:.1%} of the area, on {len(trained)} images",
        f"trained {share(int(trained.sum()), len(trained))}; {', '.join(found)}{against}",
        ok=not rivals,
    )


def beats(left: torch.Tensor, right: torch.Tensor) -> bool:
    """Return whether `left` succeeds on more images than `right`, by an exact one-sided sign test on differing pairs.

    Args:
        left, right: (N,) bool, whether the attack succeeds on each image.
    """
    only_left, only_right = int((left & ~right).sum()), int((right & ~left).sum())
    differing = only_left + only_right
    return differing > 0 and float(binomtest(only_left, differing, alternative="greater").pvalue) < _LEVEL
