"""Which decision an attacker wants of each image, and how far a model's output is from it.

One margin serves models of two classes, of many, and of many labels at once: it is above zero where the adversary has
what it wants. The difference of logits ratio (DLR) that AutoAttack ascends is undefined below three classes; a margin
is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F

from threatsim.attacks.search.target import LogitsError, wrong_shape

Loss = Literal["cross_entropy", "margin"]


@dataclass(frozen=True)
class TargetDecision:
    """What is wanted, a row an image.

    Attributes:
        kind: `class`: this class is decided; `not_class`: any other is; `label`: this label of a multi-label model is
            switched.
        index: (N,) int64, the class or the label.
        sign: (N,) float32, for labels: 1 to switch it on, -1 to switch it off; else 1.
        offset: (N,) float32, how much the margin of logits must exceed: the operating point.
        threshold: the operating point on p(finding) that a two-class decision is taken at, or None.
    """

    kind: Literal["class", "not_class", "label"]
    index: torch.Tensor
    sign: torch.Tensor
    offset: torch.Tensor
    threshold: float | None = None

    @classmethod
    def finding(cls, towards: torch.Tensor, *, threshold: float = 0.5) -> TargetDecision:
        """Want, of two classes, p(finding) at or above `threshold` where `towards` (N,) is 1, below it where it is 0.

        Raises:
            ValueError: the threshold does not lie between 0 and 1.
        """
        if not 0 < threshold < 1:
            raise ValueError(f"the threshold must lie between 0 and 1, got {threshold}")
        sign = torch.where(towards == 1, 1.0, -1.0)
        return cls(
            "class", towards.long(), torch.ones_like(sign), sign * math.log(threshold / (1 - threshold)), threshold
        )

    @classmethod
    def reach(cls, classes: torch.Tensor) -> TargetDecision:
        """Want the class `classes` (N,): a targeted attack."""
        ones = torch.ones(len(classes), device=classes.device)
        return cls("class", classes.long(), ones, 0 * ones)

    @classmethod
    def leave(cls, classes: torch.Tensor) -> TargetDecision:
        """Want any class but `classes` (N,): an untargeted attack."""
        ones = torch.ones(len(classes), device=classes.device)
        return cls("not_class", classes.long(), ones, 0 * ones)

    @classmethod
    def switch(cls, label: int, on: torch.Tensor, *, threshold: float = 0.5) -> TargetDecision:
        """Want label `label` of a multi-label model at or above `threshold` where `on` (N,) is 1, else below."""
        sign = torch.where(on == 1, 1.0, -1.0)
        offset = sign * math.log(threshold / (1 - threshold))
        return cls("label", torch.full_like(on, label, dtype=torch.int64), sign, offset, threshold)

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: torch.Tensor) -> TargetDecision:
        """Return what is wanted of some rows (M,) int64, as often as they are named."""
        return TargetDecision(self.kind, self.index[rows], self.sign[rows], self.offset[rows], self.threshold)

    def to(self, device: torch.device) -> TargetDecision:
        """Move it to a device."""
        return TargetDecision(
            self.kind, self.index.to(device), self.sign.to(device), self.offset.to(device), self.threshold
        )

    def margin(self, logits: torch.Tensor) -> torch.Tensor:
        """Return (N,) margin of (N, C) logits; above zero where the decision is the wanted one. Differentiable.

        Raises:
            LogitsError: they are not (N, C), or there is one class only.
        """
        self._check(logits)
        own = logits.gather(1, self.index[:, None]).squeeze(1)
        if self.kind == "label":
            return self.sign * own - self.offset
        mask = F.one_hot(self.index, logits.shape[1]).bool()
        best_other = logits.masked_fill(mask, -torch.inf).amax(1)
        margin = own - best_other if self.kind == "class" else best_other - own
        return margin - self.offset

    def loss(self, logits: torch.Tensor, kind: Loss) -> torch.Tensor:
        """Return (N,) what an attack ascends. Differentiable."""
        if kind == "margin":
            return self.margin(logits)
        if self.kind == "label":
            own = logits.gather(1, self.index[:, None]).squeeze(1)
            return F.logsigmoid(self.sign * own)
        entropy = F.cross_entropy(logits, self.index, reduction="none")
        return -entropy if self.kind == "class" else entropy

    def is_success(self, logits: torch.Tensor) -> torch.Tensor:
        """Return (N,) bool: whether the decision on these (N, C) logits is the wanted one, by the payer's own rule.

        Raises:
            LogitsError: they are not (N, C), or there is one class only.
        """
        self._check(logits)
        if self.threshold is None:
            return self.margin(logits) > 0
        if self.kind == "label":
            score, wants_on = logits.gather(1, self.index[:, None]).squeeze(1).sigmoid(), self.sign > 0
        else:
            score, wants_on = logits.softmax(1)[:, 1], self.index == 1
        return (score >= self.threshold) == wants_on

    def losses(self, logits_width: int) -> tuple[Loss, ...]:
        """Return losses to run, in order: the margin alone for two classes (one sign of gradient), else both."""
        return ("margin",) if logits_width == 2 or self.kind == "label" else ("cross_entropy", "margin")

    def _check(self, logits: torch.Tensor) -> None:
        if logits.ndim != 2 or len(logits) != len(self):
            raise LogitsError(wrong_shape(logits, len(self)))
        if logits.shape[1] < 2 and self.kind != "label":
            raise LogitsError(
                "the classifier returned one logit an image, so one class is missing; "
                "wanted is a logit for each of two classes or more"
            )
