"""What is audited: any torch classifier with images that it is right about, or one of threatsim's own."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import Attacked, AttackProblem, solve
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.search.batch_invariance import alone, steady_threads
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.classifiers.resizing.resized_classifier import unrounded
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET

CPU = torch.device("cpu")
STEPS = 50
"""Gradient steps of the attack whose effort is doubled."""


@dataclass(frozen=True)
class AuditedModel:
    """A classifier to audit.

    Attributes:
        model: (N, 3, H, W) images in [0, 1] to (N, C) logits, as it is deployed; never changed.
        images: (N, 3, H, W) float32 in [0, 1], on the CPU.
        labels: (N,) int64, the true class; of a multi-label model 1 where the label is truly on.
        budget: of the figures to be believed.
        threshold: operating point on p(class 1) of two classes, or on the label's probability.
        label: which label of a multi-label model is attacked; None for a model of classes.
        surrogate: an attacker's own classifier, or None.
        patches: name -> (2, 3, H, W) patch for class 0 and for class 1; empty if there are none.
        device: where attacks run.
        names: (N,) names of the images; their numbers if empty.
        more: (images, labels) beyond these for checks that cost a forward pass an image, or None.
        name, weights, surrogate_weights, source: for the report; hashes are taken of the parameters if empty.
    """

    model: nn.Module
    images: torch.Tensor
    labels: torch.Tensor
    budget: PixelBudget = PAPER_BUDGET
    threshold: float = 0.5
    label: int | None = None
    surrogate: nn.Module | None = None
    patches: Mapping[str, torch.Tensor] = field(default_factory=dict)
    device: torch.device = CPU
    names: Sequence[str] = ()
    more: tuple[torch.Tensor, torch.Tensor] | None = None
    name: str = "model"
    weights: str = ""
    surrogate_weights: str = ""
    source: str = "given"
    _kept: dict[str, Attacked] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def victim(self) -> Target:
        """The classifier ready to be attacked."""
        return Target(self.model, self.device)

    @cached_property
    def between_levels(self) -> AuditedModel:
        """The same, with what a payer's resize rounds left out: what no file can hold may be asked of it too."""
        model = unrounded(self.model)
        return self if model is self.model else replace(self, model=model)

    @cached_property
    def attackers(self) -> Target | None:
        """The surrogate ready to be attacked, or None."""
        return Target(self.surrogate, self.device) if self.surrogate is not None else None

    @cached_property
    def called(self) -> list[str]:
        """(N,) what each image is called."""
        return list(self.names) or [f"image {row}" for row in range(len(self))]

    @cached_property
    def clean(self) -> torch.Tensor:
        """(N, C) logits on the untouched images, on the CPU."""
        return self.logits(self.images)

    @property
    def two_classes(self) -> bool:
        """Whether it decides between two classes at an operating point."""
        return self.label is None and self.clean.shape[1] == 2

    @cached_property
    def right(self) -> torch.Tensor:
        """(N,) bool: decided rightly when clean."""
        return ~self.target_decision().is_success(self.clean)

    @cached_property
    def rows(self) -> torch.Tensor:
        """(M,) int64: the images that are attacked, those decided rightly when clean."""
        return self.right.nonzero().squeeze(1)

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) verdicts on images, on the CPU."""
        with steady_threads(), alone(not self.victim.is_batch_invariant(images)):
            return self.victim.verdict(images.to(self.device)).cpu()

    def target_decision(self) -> TargetDecision:
        """Want the decision that is not the true one, on every image."""
        if self.label is not None:
            return TargetDecision.switch(self.label, 1 - self.labels, threshold=self.threshold)
        if self.clean.shape[1] == 2:
            return TargetDecision.finding(1 - self.labels, threshold=self.threshold)
        return TargetDecision.leave(self.labels)

    def untargeted(self) -> TargetDecision:
        """Want the same as leaving the true class, where there are two: no class is named."""
        if not self.two_classes:
            return self.target_decision()
        offset = math.log(self.threshold / (1 - self.threshold)) * torch.where(self.labels == 0, 1.0, -1.0)
        return TargetDecision("not_class", self.labels, torch.ones_like(offset), offset)

    @cached_property
    def keys(self) -> list[str]:
        """(N,) the content of each image, from which its random numbers are drawn."""
        return [
            hashlib.blake2b(image.contiguous().numpy().tobytes(), digest_size=12).hexdigest() for image in self.images
        ]

    def run(
        self,
        spec: ImageAttack,
        rows: torch.Tensor | None = None,
        *,
        target_decision: TargetDecision | None = None,
        batch: int | None = None,
    ) -> Attacked:
        """Attack the images of some rows, those decided rightly if None; without a usable gradient, nothing is found.

        Args:
            target_decision: (N,) in place of away from the true decision.
        """
        index = self.rows if rows is None else rows
        wanted = self.target_decision() if target_decision is None else target_decision
        key = json.dumps(
            [spec.model_dump(mode="json"), index.tolist(), wanted.kind, wanted.index[index].tolist(), batch]
        )
        if key not in self._kept:
            self._kept[key] = self._solve(spec, index, wanted, batch)
        return self._kept[key]

    def again(self, spec: ImageAttack, rows: torch.Tensor, *, batch: int | None = None) -> Attacked:
        """Run once more what `run` did on rows (M,) int64."""
        return self._solve(spec, rows, self.target_decision(), batch)

    def _solve(
        self, spec: ImageAttack, rows: torch.Tensor, target_decision: TargetDecision, batch: int | None
    ) -> Attacked:
        if len(rows) == 0:
            return _nothing(self.images[rows], self.clean[rows], torch.zeros(0, dtype=torch.bool))
        source = self.attackers if spec.access == "black_box" and self.attackers else self.victim
        problem = AttackProblem(
            victim=self.victim,
            source=source,
            images=self.images[rows],
            target_decision=target_decision.take(rows),
            keys=[f"audit/{spec.family}/{self.keys[int(row)]}" for row in rows],
            names=[self.called[int(row)] for row in rows],
            trained=self.patches,
        )
        try:
            return solve(problem, spec, batch=batch)
        except RuntimeError as error:
            if not any(text in str(error) for text in ("does not require grad", "differentiated Tensors")):
                raise
            return _nothing(
                self.images[rows], self.clean[rows], target_decision.take(rows).is_success(self.clean[rows])
            )

    def at(self, share: float) -> PixelBudget:
        """Take a share of the budget, in real numbers: a small one has no whole grey level to use."""
        return self.budget.scaled(share).model_copy(update={"levels": None})

    @cached_property
    def white_box(self) -> Attacked:
        """The attack whose figures are to be believed: APGD at the budget, on the images of `rows`."""
        return self.run(APGD(budget=self.budget))

    @cached_property
    def curve(self) -> dict[float, Attacked]:
        """Share of the budget -> an attack of 20 steps with it, each begun anew."""
        return {share: self.run(APGD(budget=self.at(share), steps=20)) for share in (0.25, 0.5, 1.0, 2.0, 4.0)}

    @cached_property
    def most_informative_budget(self) -> PixelBudget:
        """The budget of the curve whose success is nearest to a half: elsewhere there is little left to find."""
        nearest = min(self.curve, key=lambda share: abs(float(self.curve[share].success.float().mean()) - 0.5))
        return self.at(nearest)

    @cached_property
    def halfway(self) -> Attacked:
        """APGD of `STEPS` steps at the most informative budget, on the images of `rows`."""
        return self.run(APGD(budget=self.most_informative_budget, steps=STEPS))

    @cached_property
    def survived(self) -> torch.Tensor:
        """(K,) int64: the images that survived `halfway`."""
        return self.rows[~self.halfway.success]


def grey(budget: PixelBudget) -> str:
    """Write a budget's radius in grey levels of an 8-bit file."""
    unit = "grey levels" if budget.norm == "linf" else "grey levels (L2)"
    return f"{budget.radius * 255:.3g} {unit}"


def _nothing(images: torch.Tensor, logits: torch.Tensor, success: torch.Tensor) -> Attacked:
    none = torch.zeros(len(images), dtype=torch.int64)
    return Attacked(images, logits, success, none, none, none)
