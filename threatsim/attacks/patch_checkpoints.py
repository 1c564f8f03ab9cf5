"""How far the training of a patch is, kept every few steps, so that one that was killed goes on to the same patch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.card import PatchRecipe
from threatsim.classifiers.checkpoints import Checkpoints, numerics, read_checkpoint, told_apart, write_checkpoint

STEPS_APART: Final = 50
"""Steps between two checkpoints: what a kill costs at most, beside some milliseconds for each."""


class PatchProgress(BaseModel):
    """What a checkpoint holds beside its tensors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scores: tuple[float, ...] = Field(description="Mean p(target class) of the batch at each finished step.")


@dataclass
class PatchState:
    """A patch in training, between two steps.

    Attributes:
        patch: (C, P, P) float32 in [0, 1]; a leaf that gradients are taken of.
        velocity: (C, P, P) float32, the direction of the last steps.
        scores: the batch's mean p(target class) at each finished step.
    """

    patch: torch.Tensor
    velocity: torch.Tensor
    scores: list[float] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write a checkpoint; where it cannot be written, a killed training starts anew and nothing else is lost."""
        tensors = {"patch": self.patch, "velocity": self.velocity}
        write_checkpoint(path, tensors, PatchProgress(scores=tuple(self.scores)))

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint; nothing changes where there is none, or it is damaged or of other tensors."""
        found = read_checkpoint(path, PatchProgress)
        if found is None:
            return
        record, tensors = found
        if any(name not in tensors or tensors[name].shape != self.patch.shape for name in ("patch", "velocity")):
            return
        with torch.no_grad():
            self.patch.copy_(tensors["patch"])
            self.velocity.copy_(tensors["velocity"])
        self.scores = list(record.scores)


class PatchCheckpoints:
    """Where the patches of one classifier keep how far they are.

    Args:
        checkpoints: of the training that they belong to.
        train: all pictures that patches are trained on.
        device: where they are trained.
    """

    def __init__(self, checkpoints: Checkpoints, train: CaseSet, device: torch.device) -> None:
        self._checkpoints = checkpoints
        digest = hashlib.sha256(f"patch {numerics(device)}".encode())
        for tensor in train.mean_and_std():  # looked at once: there may be 100,000
            digest.update(tensor.numpy().tobytes())
        self._known = digest

    def of(
        self,
        network: str,
        cases: CaseSet,
        recipe: PatchRecipe,
        *,
        towards: int,
        place: str,
        seed: int,
        start: torch.Tensor | None,
    ) -> Path:
        """Return where the training of a patch keeps how far it is.

        Args:
            network: hash of the weights that it is trained on, and what else says which network it is.
            cases, recipe, towards, place, seed, start: as for `families.patch.train_patch`.
        """
        digest = self._known.copy()
        digest.update(f"{network} {recipe.model_dump_json()} {towards} {place} {seed}".encode() + told_apart(cases))
        if start is not None:
            digest.update(start.detach().cpu().contiguous().numpy().tobytes())
        return self._checkpoints.of(digest.hexdigest()[:24])
