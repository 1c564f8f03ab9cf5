"""Smooth noise of low frequency (Guo, Frank and Weinberger 2019, arXiv 1809.08758), the best of several draws.

The attacker follows no gradient: each draw is a coarse lattice of signs, enlarged to the whole film, and the draw is
kept that the classifier at hand, the payer's or a surrogate, scores furthest toward the wanted decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.choice import choose
from threatsim.attacks.search.batch import AttackedImages, Batch


class SmoothNoise(ImageAttack):
    """The best of several random patterns of low frequency within a budget."""

    family: Literal["smooth_noise"] = "smooth_noise"
    access: Literal["white_box", "black_box"] = Field(
        default="black_box", description="Whose scores choose the pattern: the victim's or the surrogate's."
    )
    budget: PixelBudget = Field(description="Greatest change of the image.")
    tries: int = Field(default=10, ge=1, le=1000, description="Patterns to choose from, beside no change at all.")
    cells: int = Field(default=8, ge=2, le=64, description="Signs across the film; fewer are smoother.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Smooth noise, {self.knowledge}, the best of {self.tries}, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Return the pattern of greatest margin; the image as it is where none does better."""
        domain = batch.domain(self.budget)

        def films() -> Iterator[torch.Tensor]:
            yield batch.images
            for number in range(self.tries):
                signs = batch.uniform(f"pattern/{number}", (1, self.cells, self.cells)).round() * 2 - 1
                smooth = F.interpolate(signs, batch.images.shape[2:], mode="bilinear", align_corners=False)
                yield domain.file(batch.images + domain.radius * smooth.expand_as(batch.images))

        return choose(batch, films(), queried=False)
