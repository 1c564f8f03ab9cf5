"""One batch of an attack: the images, what is wanted of them, and what the attacker holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import Goal
from threatsim.attacks.search.domain import Domain
from threatsim.attacks.search.objective import DecisionObjective, Objective
from threatsim.attacks.search.target import LogitsError, Target
from threatsim.attacks.search.target_decision import Loss, TargetDecision
from threatsim.common.keyed.keyed_random import keyed_uniform


@dataclass(frozen=True)
class Batch:
    """What a family's attack is run on.

    Attributes:
        source: the network whose gradients or scores the attacker sees: the victim, or a surrogate.
        victim: the payer's network. Only queries and the engine's verdict use it.
        images: (N, 3, H, W) in [0, 1] on the device of the networks.
        target_decision: the decision wanted of each image.
        keys: (N,) what each image's random numbers are drawn from.
        trained: what was trained ahead: name -> tensor.
        other: (N, 3, H, W) for each image another patient's, with the wanted label; None where there is none.
    """

    source: Target
    victim: Target
    images: torch.Tensor
    target_decision: TargetDecision
    keys: list[str]
    trained: Mapping[str, torch.Tensor] = field(default_factory=dict)
    other: torch.Tensor | None = None

    def domain(self, budget: PixelBudget) -> Domain:
        """Return where altered images may lie."""
        return Domain.of(self.images, budget)

    def objective(self, loss: Loss, goal: Goal) -> Objective:
        """Make the wanted decision an objective; in reduced precision only where a verdict confirms what is found."""
        model = self.source.search_model(self.images, confirmed=goal.stop == "turned")
        return DecisionObjective(model, self.target_decision, loss)

    def losses(self) -> tuple[Loss, ...]:
        """Return the losses worth trying on the source in turn."""
        return self.target_decision.losses(self.source.classes(self.images))

    def verdicts(self) -> Verdicts:
        """Return what the attacker itself can check: the source's decision on a file."""
        return Verdicts(self)

    def uniform(
        self, label: str, shape: tuple[int, ...] | None = None, *, rows: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Draw (N, *shape) random numbers in [0, 1), the images' own shape if None; each image's from its key.

        With `rows` (M,) those of some images only.
        """
        wanted = tuple(self.images.shape[1:]) if shape is None else shape
        keys = self.keys if rows is None else [self.keys[row] for row in rows.tolist()]
        return keyed_uniform([f"{key}/{label}" for key in keys], wanted).to(self.images.device)

    def take(self, rows: torch.Tensor) -> Batch:
        """Return those of its images that the rows (M,) int64 name."""
        return Batch(
            self.source,
            self.victim,
            self.images[rows],
            self.target_decision.take(rows),
            [self.keys[int(row)] for row in rows],
            self.trained,
            None if self.other is None else self.other[rows],
        )


class Verdicts:
    """The source's decisions on files of a batch: a `loop.Verdict` that remembers.

    Attributes:
        logits: (N, K) of the last file of each image that got a verdict; NaN where none did; None before the first.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.logits: torch.Tensor | None = None

    def __call__(self, files: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return (M,) bool: whether each file (M, 3, H, W) of image `rows` (M,) gets the wanted decision."""
        try:
            logits = self._batch.source.verdict(files)
        except LogitsError as error:
            if error.row is not None:
                error.row = int(rows[error.row])
            raise
        if self.logits is None:
            self.logits = logits.new_full((len(self._batch.images), logits.shape[1]), torch.nan)
        self.logits[rows] = logits
        return self._batch.target_decision.take(rows).is_success(logits)


@dataclass(frozen=True)
class AttackedImages:
    """What an attack made of a batch, before the victim's verdict.

    Attributes:
        files: (N, 3, H, W) images as saved.
        steps: (N,) int64, gradient steps to the file that counts.
        gradients: (N,) int64, gradients computed.
        queries: (N,) int64, queries to the payer.
        logits: (N, K) of the source on exactly these files, where the attack has them, so that nobody asks again.
    """

    files: torch.Tensor
    steps: torch.Tensor
    gradients: torch.Tensor
    queries: torch.Tensor
    logits: torch.Tensor | None = None

    @classmethod
    def without_search(cls, files: torch.Tensor) -> AttackedImages:
        """Return files (N, 3, H, W) of an attack that neither follows gradients nor asks."""
        none = torch.zeros(len(files), dtype=torch.int64, device=files.device)
        return cls(files, none, none, none)
