"""Measuring a classifier again: on the test cases of its card, or on the test split of real images."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.classifiers.network import scores
from threatsim.classifiers.production import archive_for, asked_classifier, synthetic_cases
from threatsim.classifiers.training_figures import Measured, measure
from threatsim.common.thresholds import threshold_at


class Reevaluation(BaseModel):
    """A network's figures, measured now, beside those recorded at training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classifier: str = Field(description="Name of the classifier.")
    role: str = Field(description="victim or surrogate.")
    images: str = Field(description="What it was measured on.")
    measured: Measured = Field(description="Figures measured now.")
    recorded: Measured | None = Field(description="Figures recorded at training; null on other images.")


def evaluate_classifier(
    name: str, images: Path | None, *, device: torch.device, finding: str | None = None
) -> list[Reevaluation]:
    """Measure victim and surrogate at the card's operating point.

    Args:
        images: folder of real archives; the card's synthetic cases if None.
        finding: what label 1 of the archive is to stand for; the card says if None.

    Raises:
        ThreatsimError: there is no such classifier or archive, the archive has no such finding, or weights are damaged.
    """
    folder = asked_classifier(name, images, finding)
    card = folder.card
    recorded = folder.figures
    networks = {role: folder.load(role, device) for role in ("victim", "surrogate")}
    test = archive_for(card, images).test if images else synthetic_cases(card, "test")
    rows = []
    for role, (network, digest) in networks.items():
        threshold = threshold_at(*folder.calibration(role), **card.operating_point.model_dump())
        measured = measure(scores(network, test.images, device=device), test, threshold=threshold, weights=digest)
        same = test.source == recorded.images
        rows.append(
            Reevaluation(
                classifier=card.name,
                role=role,
                images=test.source,
                measured=measured,
                recorded=getattr(recorded, role) if same else None,
            )
        )
    return rows
