"""What draws the cases of a modality: how grave each is, and what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from threatsim.cases.synthetic.case_draws import CaseDraws


class Render(Protocol):
    """What draws the images of cases."""

    def __call__(self, draws: CaseDraws, severity: torch.Tensor, *, size: int) -> torch.Tensor:
        """Draw (N, 3, size, size) float32, about in [0, 1], of cases of `severity` (N,)."""
        ...


@dataclass(frozen=True)
class Generator:
    """The implementation of a kind of image. A case depends on its own draws alone, never on its company.

    Attributes:
        severity: of the draws of N cases, and of (N,) bool whether each has the finding: (N,) how grave it is.
        render: of the draws and the severity: the images.
    """

    severity: Callable[[CaseDraws, torch.Tensor], torch.Tensor]
    render: Render
