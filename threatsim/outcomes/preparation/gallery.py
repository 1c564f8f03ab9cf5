"""Which attacked cases a report shows: a case without the finding for each modality and each kind of attack."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.engine import attack
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.registry import AttackSpec
from threatsim.outcomes.preparation.claim_codes import PreparedClaims
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.outcomes.preparation.images import Prepared


def select_gallery(
    prepared: Mapping[str, Prepared] | Mapping[str, PreparedClaims],
    attacks: Mapping[str, AttackSpec | CodeSwap],
    thresholds: Mapping[str, float],
) -> list[GalleryItem]:
    """Attack one case a modality and tactic again, for its picture; claims of codes have none.

    Shown is a case that is typical of the tactic: rightly below the threshold when clean, and lifted over it by the
    attack if that happens to most such cases, else one that withstands it.

    Args:
        prepared: modality -> what was prepared of it.
        attacks: tactic -> its attack.
        thresholds: modality -> threshold of the triage model on p(finding).
    """
    return [
        _item(part, modality, tactic, spec, thresholds[modality])
        for modality, part in prepared.items()
        if isinstance(part, Prepared)
        for tactic, spec in attacks.items()
        if not isinstance(spec, CodeSwap)
    ]


def _item(part: Prepared, modality: str, tactic: str, spec: AttackSpec, threshold: float) -> GalleryItem:
    table = part.table
    lifted = table.attacked[tactic] >= threshold
    eligible = (table.labels == 0) & (table.clean < threshold)
    if not eligible.any():
        eligible = table.labels == 0
    wanted = eligible & (lifted == (2 * int(lifted[eligible].sum()) >= int(eligible.sum())))
    row = int(np.flatnonzero(wanted)[0])
    case = part.cases.subset([row])
    attacked = attack(part.adversary, case, spec, pool=part.cases, batch=1)
    score = part.claimed(float(attacked.scores[0]))
    return GalleryItem(
        modality=modality,
        tactic=tactic,
        title=f"case {case.case_ids[0]}",
        original=_bytes(case.images[0]),
        attacked=_bytes(attacked.images[0]),
        score_before=float(table.clean[row]),
        score_after=score,
        threshold=threshold,
        truth=False,
    )


def _bytes(image: torch.Tensor) -> NDArray[np.uint8]:
    return (image * 255).round().to(torch.uint8).numpy()
