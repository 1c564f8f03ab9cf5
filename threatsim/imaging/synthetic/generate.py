"""Synthetic case sets: any number of cases of a modality, each the same whatever it is drawn with."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

import numpy as np
import torch

from threatsim.imaging.cases import CaseSet, to_grid
from threatsim.imaging.synthetic.draws import Draws

_MODULES = {"fundoscopy": "fundus", "chest_xray": "chest", "dermoscopy": "skin"}
_CHUNK = 256  # bounds the memory of the intermediate masks


class _Modality(Protocol):
    def severity(self, draws: Draws, positive: torch.Tensor) -> torch.Tensor: ...

    def render(self, draws: Draws, severity: torch.Tensor, *, size: int) -> torch.Tensor: ...


def generate(
    modality: str,
    count: int,
    *,
    seed: int,
    split: str,
    size: int = 64,
    positive_share: float = 0.5,
    device: torch.device | str = "cpu",
) -> CaseSet:
    """Draw `count` cases of a modality.

    Args:
        modality: one of `threatsim.imaging.cases.MODALITIES`.
        count: number of cases; case i does not depend on it.
        seed: seed of the whole data set; `split` (train, calibration, test) separates streams under it.
        size: width and height in pixels, from 32.
        positive_share: probability that a case has the finding.
        device: where to draw; the images come back on the CPU.

    Returns:
        Cases whose images lie on the 8-bit grid, each of a patient of its own.
    """
    drawing = cast(_Modality, import_module(f"threatsim.imaging.synthetic.{_MODULES[modality]}"))
    images, labels = [torch.empty(0, 3, size, size)], [torch.empty(0, dtype=torch.bool)]
    for start in range(0, count, _CHUNK):
        indices = torch.arange(start, min(start + _CHUNK, count), device=device)
        draws = Draws(seed, indices, stream=f"{modality}/{split}")
        positive = draws.choice("label", positive_share)
        drawn = drawing.render(draws, drawing.severity(draws, positive), size=size)
        images.append(to_grid(drawn).float().cpu())
        labels.append(positive.cpu())
    names = tuple(f"{modality}-{split}-{seed}-{i:06d}" for i in range(count))
    return CaseSet(
        modality=modality,
        images=torch.cat(images),
        labels=torch.cat(labels).numpy().astype(np.int8),
        case_ids=names,
        patient_ids=names,
        source="synthetic",
    )
