"""The fast gradient sign method (Goodfellow et al. 2015, arXiv 1412.6572): one step of the whole radius."""

from __future__ import annotations

import torch

from threatsim.attacks.batch import Batch, Forged
from threatsim.attacks.objective import DecisionObjective
from threatsim.attacks.search import Evaluation
from threatsim.attacks.spec import FGSM


def run(spec: FGSM, batch: Batch) -> Forged:
    """One step along the gradient from the image itself."""
    domain = batch.domain(spec.budget)
    model = batch.source.search_model(batch.images, confirmed=False)
    rows = torch.arange(len(domain), device=batch.images.device)
    seen = Evaluation(DecisionObjective(model, batch.aim, "margin"), batch.images, rows, gradient=True)
    files = domain.file(batch.images + domain.radius * domain.steepest(seen.gradient()))
    one = torch.ones_like(rows)
    return Forged(files, one, one, 0 * one)
