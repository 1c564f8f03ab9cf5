"""Synthetic case sets: any number of cases of a modality, each the same whatever it is drawn with."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator
from threatsim.catalogue.modalities import MODALITIES, ImageModality
from threatsim.catalogue.row import OWN

CHUNK = 256
"""Cases drawn at once; bounds the memory of the intermediate masks."""


class SyntheticSet(BaseModel):
    """What a synthetic case depends on, beside its number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: ImageModality = Field(description="Kind of image.")
    split: str = Field(description="train, calibration or test: streams under one seed that share no case.")
    seed: int = Field(description="Seed of the whole data set.")
    size: int = Field(default=64, ge=32, description="Width and height (pixels).")
    positive_share: float = Field(default=0.5, ge=0, le=1, description="Probability that a case has the finding.")
    generator: int = Field(
        default=1, description="Version of the drawing, so that pixels kept from an older one are not used."
    )
    package: str = Field(default="", description="Plug-in that draws it, with version and hash; empty: threatsim.")

    @model_validator(mode="before")
    @classmethod
    def _as_drawn_now(cls, data: Any) -> Any:
        """Take the versions of the modality's row, where the set says none."""
        row = MODALITIES.get(str(data.get("modality"))) if isinstance(data, dict) else None
        if row is None:
            return data
        source = row.package
        package = "" if source == OWN else f"{source.name} {source.version} {source.source}"
        return {"generator": row.version, "package": package, **data}

    @model_serializer(mode="wrap")
    def _without_threatsim(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if name != "package" or value}


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
        modality: a kind of image of `threatsim.catalogue.modalities`.
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
        (N, 3, H, W) uint8, N being stop - start.
    """
    drawing: Generator = MODALITIES[wanted.modality].resolve()
    pixels = [torch.empty(0, 3, wanted.size, wanted.size, dtype=torch.uint8)]
    for first in range(start, stop, CHUNK):
        draws = _draws(wanted, torch.arange(first, min(first + CHUNK, stop), device=device))
        drawn = drawing.render(draws, drawing.severity(draws, _positive(wanted, draws)), size=wanted.size)
        pixels.append((drawn.clamp(0, 1) * 255).round().to(torch.uint8).cpu())
    return torch.cat(pixels)


def with_labels(wanted: SyntheticSet, pixels: torch.Tensor) -> CaseSet:
    """Make the first cases of a set from their pixels.

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
    """Draw (N,) bool: which cases have the finding."""
    return draws.choice("label", wanted.positive_share)
