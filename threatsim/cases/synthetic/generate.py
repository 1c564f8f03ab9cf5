"""Synthetic case sets: any number of cases of a modality, each the same whatever it is drawn with."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.case_draws import CaseDraws

GENERATOR_VERSION = 1
"""Raised whenever a case looks different than before, so that pixels kept from an older generator are not used."""
CHUNK = 256
"""Cases drawn at once; bounds the memory of the intermediate masks."""
_MODULES = {"fundoscopy": "fundus", "chest_xray": "chest", "dermoscopy": "skin"}


class SyntheticSet(BaseModel):
    """What a synthetic case depends on, beside its number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: str = Field(description="One of `threatsim.cases.image_set.MODALITIES`.")
    split: str = Field(description="train, calibration or test: streams under one seed that share no case.")
    seed: int = Field(description="Seed of the whole data set.")
    size: int = Field(default=64, ge=32, description="Width and height (pixels).")
    positive_share: float = Field(default=0.5, ge=0, le=1, description="Probability that a case has the finding.")
    generator: int = Field(default=GENERATOR_VERSION, description="Version of the drawing.")


class _Modality(Protocol):
    def severity(self, draws: CaseDraws, positive: torch.Tensor) -> torch.Tensor: ...

    def render(self, draws: CaseDraws, severity: torch.Tensor, *, size: int) -> torch.Tensor: ...


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
        modality: one of `threatsim.cases.image_set.MODALITIES`.
        count: number of cases; case i does not depend on it.
        seed: seed of the whole data set; `split` (train, calibration, test) separates streams under it.
        size: width and height in pixels, from 32.
        positive_share: probability that a case has the finding.
        device: where to draw; the images come back on the CPU.

    Returns:
        Cases whose images lie on the 8-bit grid, each of a patient of its own.
    """
    wanted = SyntheticSet(modality=modality, split=split, seed=seed, size=size, positive_share=positive_share)
    return draw_cases(wanted, count, device=device)


def draw_cases(wanted: SyntheticSet, count: int, *, device: torch.device | str = "cpu") -> CaseSet:
    """Draw the first `count` cases of a set; `device` is where, and the images come back on the CPU."""
    return with_labels(wanted, draw_pixels(wanted, count, device=device))


def draw_pixels(wanted: SyntheticSet, stop: int, *, start: int = 0, device: torch.device | str = "cpu") -> torch.Tensor:
    """Draw the cases `start` to `stop` - 1.

    Single pixels depend on the processor by one grey level: exp and matrix products are rounded by its vendor's
    library. What must be the same on two machines is fetched by `threatsim.cases.kept_cases`.

    Args:
        device: where to draw; the pixels come back on the CPU.

    Returns:
        (stop - start, 3, size, size) uint8.
    """
    drawing = cast(_Modality, import_module(f"threatsim.cases.synthetic.{_MODULES[wanted.modality]}"))
    pixels = [torch.empty(0, 3, wanted.size, wanted.size, dtype=torch.uint8)]
    for first in range(start, stop, CHUNK):
        draws = _draws(wanted, torch.arange(first, min(first + CHUNK, stop), device=device))
        drawn = drawing.render(draws, drawing.severity(draws, _positive(wanted, draws)), size=wanted.size)
        pixels.append((drawn.clamp(0, 1) * 255).round().to(torch.uint8).cpu())
    return torch.cat(pixels)


def with_labels(wanted: SyntheticSet, pixels: torch.Tensor) -> CaseSet:
    """The first cases of a set, from their pixels.

    Labels and names come from integers, and are the same on every processor.

    Args:
        pixels: (N, C, size, size) uint8 of the cases 0 to N - 1; C is 3, or 1 where all channels are the same.
    """
    count = len(pixels)
    names = tuple(f"{wanted.modality}-{wanted.split}-{wanted.seed}-{i:06d}" for i in range(count))
    images = pixels.expand(-1, 3, -1, -1).to(torch.float32, memory_format=torch.contiguous_format).div_(255)
    return CaseSet(
        modality=wanted.modality,
        images=images,
        labels=_positive(wanted, _draws(wanted, torch.arange(count))).numpy().astype(np.int8),
        case_ids=names,
        patient_ids=names,
        source="synthetic",
    )


def _draws(wanted: SyntheticSet, indices: torch.Tensor) -> CaseDraws:
    return CaseDraws(wanted.seed, indices, stream=f"{wanted.modality}/{wanted.split}")


def _positive(wanted: SyntheticSet, draws: CaseDraws) -> torch.Tensor:
    """(N,) bool: which cases have the finding."""
    return draws.choice("label", wanted.positive_share)
