"""Check 18: the queries that an attack reports are those that the payer's classifier saw."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.families.square import Square
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_IMAGES, _QUERIES = 6, 60
_AHEAD = 8
"""Files that an attack may have evaluated at once for every one that it learns of."""
_QUERY_HONESTY = CheckSpec(
    18,
    "queries",
    "Queries",
    "The attack looks at the classifier more often than it says: a portal would see, and charge, more.",
    "Count at the model, every look, the first included; distrust query figures until they agree.",
)


class Counting(nn.Module):
    """A model that counts the images it is shown, in all its copies together.

    Attributes:
        shown: rows of every forward pass, and how many of them are not the padding at its end.
    """

    def __init__(self, model: nn.Module, shown: list[tuple[int, int]]) -> None:
        super().__init__()
        self.model, self.shown = model, shown

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the model says of images (N, 3, H, W)."""
        flat = images.detach().flatten(1)
        same = (flat == flat[-1]).all(1)
        padding = int(same.flip(0).int().cumprod(0).sum()) - 1
        self.shown.append((len(images), len(images) - padding))
        logits: torch.Tensor = self.model(images)
        return logits

    def __deepcopy__(self, memo: dict[int, Any]) -> Counting:
        return Counting(copy.deepcopy(self.model, memo), self.shown)


def queries(subject: AuditedModel, *, spec: ImageAttack | None = None) -> CheckResult | None:
    """Check queries counted at the boundary of the model, an image at a time, against those reported.

    Batches are filled up and several files may be looked at ahead, so that the classifier computes more than the
    attacker learns; but never less, and never more than that explains.

    Args:
        spec: the attack; Square if None.
    """
    if spec is None:
        if subject.budget.norm != "linf":
            return None
        spec = Square(budget=subject.most_informative_budget, queries=_QUERIES)
    shown: list[tuple[int, int]] = []
    counted = AuditedModel(
        model=Counting(subject.model, shown),
        images=subject.images,
        labels=subject.labels,
        budget=subject.budget,
        threshold=subject.threshold,
        label=subject.label,
        device=subject.device,
    )
    rows, parts, under, over, spent = subject.rows[:_IMAGES], [], 0, 0, 0
    _ = counted.clean
    for row in rows:
        shown.clear()
        attacked = counted.again(spec, row[None])
        reported = int(attacked.queries[0])
        computed = sum(size for size, _ in shown)
        real = sum(count for _, count in shown) - 1  # the verdict that the engine asks for afterwards
        under += reported * _AHEAD < real
        over += reported > computed
        spent += reported
        parts.append(f"{reported} of {real}")
    allowed = getattr(spec, spec.row.queries) if spec.row.queries else None
    success = counted.run(spec, rows).success
    return _QUERY_HONESTY.result(
        f"{type(spec).__name__} on {len(rows)} images one at a time"
        + (f", {allowed} queries at most, at {grey(subject.most_informative_budget)}" if allowed else ""),
        f"reported of computed: {', '.join(parts)}; {share(int(success.sum()), len(rows))} turned; "
        f"{under} report too few, {over} more than were made",
        ok=not under and not over and len(rows) > 0 and (allowed is None or spent <= allowed * len(rows)),
    )
