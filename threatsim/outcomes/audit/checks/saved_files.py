"""Checks 14 and 15: what counts is the file, so the audit writes it, reads it back and asks the model itself."""

from __future__ import annotations

import copy
import io

import numpy as np
import torch
from PIL import Image

from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import named, share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_TOLERANCE = 1e-6
_CONSTRAINTS = CheckSpec(
    14,
    "constraints",
    "Constraints after saving",
    "A saved image is not what the attack returned, or lies outside the budget or the pixel range.",
    "Attack on the grid of the file: state `levels` in the budget (255 for 8 bits).",
)
_VERDICT = CheckSpec(
    15,
    "fresh_verdict",
    "Verdict on the saved file",
    "The attack's own flag is not what the untouched model says of the file that is sent: its success is not real.",
    "Count a success only from the saved bytes; make the model deterministic.",
)


def through_png(images: torch.Tensor) -> torch.Tensor:
    """Write (N, 3, H, W) images in [0, 1] to PNG bytes and read them again."""
    back = []
    for image in images:
        pixels = (image.permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).numpy()
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, format="PNG")
        file.seek(0)
        back.append(torch.from_numpy(np.asarray(Image.open(file), dtype=np.uint8).copy()).permute(2, 0, 1) / 255)
    return torch.stack(back) if back else images


def constraints(subject: AuditedModel) -> CheckResult:
    """Check after PNG: the same pixels, within the budget and the range, finite, float32."""
    returned, clean = subject.white_box.images, subject.images[subject.rows]
    saved = through_png(returned)
    change = (saved - clean).flatten(1)
    distance = change.abs().amax(1) if subject.budget.norm == "linf" else change.norm(dim=1)
    allowed = subject.budget.radius
    bad = (
        (distance > allowed + _TOLERANCE)
        | ((saved - returned).flatten(1).abs().amax(1) > _TOLERANCE)
        | ~torch.isfinite(returned).flatten(1).all(1)
        | (returned.flatten(1).amin(1) < 0)
        | (returned.flatten(1).amax(1) > 1)
    )
    farthest = float(distance.max()) * 255 if len(distance) else 0.0
    typed = returned.dtype == torch.float32
    return _CONSTRAINTS.result(
        f"{len(returned)} attacked images through PNG, tolerance {_TOLERANCE:g}",
        f"farthest {farthest:.3g} of {grey(subject.budget)}; {int(bad.sum())} outside or altered"
        f"{named(subject.rows[bad], subject.called)}{'' if typed else f'; {returned.dtype}'}",
        ok=typed and not bool(bad.any()) and len(returned) > 0,
    )


def fresh_verdict(subject: AuditedModel) -> CheckResult:
    """Check that the model as it was given decides on the bytes as was reported."""
    attacked = subject.white_box
    saved = through_png(attacked.images)
    model = copy.deepcopy(subject.model).to(subject.device)
    with torch.random.fork_rng(), torch.no_grad():
        parts = [model(saved[start : start + 32].to(subject.device)).cpu() for start in range(0, len(saved), 32)]
    logits = torch.cat(parts) if parts else attacked.logits
    target_decision = subject.target_decision().take(subject.rows)
    differ = target_decision.is_success(logits) != attacked.success
    # A logit on the boundary itself may fall either way with the order of a sum; that is not a false report.
    differ &= target_decision.margin(logits).abs() > 1e-4 * logits.abs().amax(1).clamp(min=1)
    return _VERDICT.result(
        f"{len(saved)} files judged again by the model as given",
        f"{share(int(attacked.success.sum()), len(saved))} reported; {int(differ.sum())} verdicts differ"
        f"{named(subject.rows[differ], subject.called)}",
        ok=not bool(differ.any()) and len(saved) > 0,
    )
