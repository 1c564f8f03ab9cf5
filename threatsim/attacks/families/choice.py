"""Choosing the best of several honest images by the scores of whatever classifier the attacker can ask."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import per_image, quantise


def choose(batch: Batch, candidates: Iterable[torch.Tensor], *, queried: bool) -> AttackedImages:
    """Choose of each image's candidates the one of greatest margin, the earliest of equal ones.

    Args:
        candidates: (N, 3, H, W) each.
        queried: whether looking at a candidate is a query to the payer; then an image asks until its first success.
    """
    n, device = len(batch.images), batch.images.device
    best, top = batch.images, torch.full((n,), -torch.inf, device=device)
    asking, queries = torch.ones(n, dtype=torch.bool, device=device), torch.zeros(n, dtype=torch.int64, device=device)
    scorer = batch.victim if queried else batch.source
    for candidate in candidates:
        file = quantise(candidate, 255)
        logits = scorer.verdict(file)
        margin = batch.target_decision.margin(logits)
        better = (margin > top) & asking
        best, top = torch.where(per_image(better), file, best), torch.where(better, margin, top)
        if queried:
            queries += asking
            asking = asking & ~batch.target_decision.is_success(logits)
    none = torch.zeros_like(queries)
    return AttackedImages(best, none, none, queries)
