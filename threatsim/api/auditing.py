"""`threatsim.audit_model`: whether what attacks find on a classifier of one's own can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from threatsim.api.options import progress_of
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.checks import check_model, device_named
from threatsim.common.progress import Progress
from threatsim.outcomes.audit.all_checks import CHECKS, audit
from threatsim.outcomes.audit.audit_report import AuditReport
from threatsim.outcomes.audit.subject import AuditedModel


def audit_model(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    budget: PixelBudget | None = None,
    threshold: float = 0.5,
    label: int | None = None,
    surrogate: nn.Module | None = None,
    patches: Mapping[str, torch.Tensor] | None = None,
    name: str = "model",
    device: torch.device | str = "cpu",
    progress: bool | Progress = False,
) -> AuditReport:
    """Check whether attacked figures of a classifier of yours can be believed, as `threatsim attack audit` does.

    Each check looks for a way in which attacks fail on a classifier that is not robust: masked gradients, too few
    steps, a wrong pixel scale (Carlini et al. 2019, arXiv 1902.06705; Tramer et al. 2020, arXiv 2002.08347). The list
    is in docs/how-to/audit.md. The model is copied and never changed.

    Args:
        model: (N, 3, H, W) images in [0, 1] to (N, C) logits, as it is deployed; normalisation belongs inside.
        images: (N, 3, H, W) float32 in [0, 1], on the CPU; some dozens are enough.
        labels: (N,) int64, the true class; of a multi-label model 1 where the label is truly on.
        budget: of the figures to be believed; 0.02 on [-1, 1] (Finlayson et al. 2018) if None.
        threshold: operating point on p(class 1) of two classes, or on the label's probability.
        label: which label of a multi-label model is attacked; None for a model of classes.
        surrogate: an attacker's own classifier, for checks by transfer.
        patches: name -> (2, 3, P, P) patch for class 0 and for class 1.
        name: what the report calls the model.
        device: where attacks run.
        progress: False prints nothing, True shows a bar on stderr; or what is told of each stage.

    Returns:
        A result for each check that applies; `flags` are those that did not pass.

    Raises:
        InputError: the images are not within [0, 1], the budget leaves nothing to change, labels or shapes do not fit.
        LogitsError: what the model returns is no verdict.
        ThreatsimError: it decides none of the images rightly, so there is nothing to attack.
    """
    check_model(model, images, labels)
    subject = AuditedModel(
        model,
        images.float(),
        labels,
        threshold=threshold,
        label=label,
        surrogate=surrogate,
        patches=patches or {},
        device=device_named(device),
        name=name,
    )
    if budget is not None:
        subject = replace(subject, budget=budget)
    with progress_of(progress).stage(f"Audit of {name}", len(CHECKS), "checks") as advance:
        return audit(subject, on_check=advance)
