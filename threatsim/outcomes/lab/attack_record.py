"""The figures of one attack on one classifier: what `figures.json` holds, every field described."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from threatsim.statistics.estimate import Estimate


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Success(_Part):
    """Shares of images whose decision is the wanted one after the attack, with Wilson's 95 % intervals."""

    all: Estimate = Field(description="Of all attacked images, those included that were wrong from the start.")
    initially_correct: Estimate = Field(description="Of the images rightly decided when clean.")
    lifted: Estimate = Field(
        description="One-directional, towards the finding: of the images without it that are rightly below the "
        "operating point when clean, the share lifted over it. Undefined if none was pushed that way."
    )
    hidden: Estimate = Field(
        description="The other way: of the images with the finding that are rightly at or above the operating point, "
        "the share pushed below it. Undefined if none was pushed that way."
    )
    control: Estimate | None = Field(
        description="Of the initially correct, the share on which the same changes succeed with their pixels shuffled, "
        "stretched to the whole budget; null where the attack changes no pixels of its own."
    )


class Effort(_Part):
    """What an image cost, over the initially correct ones."""

    unit: str = Field(description="gradients or queries.")
    median_of_successes: Estimate = Field(description="Median over the successes.")
    median_with_failures: Estimate = Field(
        description="Median over all, a failure counting as longer than any success; null if most survived."
    )
    greatest: int = Field(description="Most that any image cost.")


class Distance(_Part):
    """How far the successful files are from the originals: medians over the initially correct."""

    grey_levels: float | None = Field(description="Greatest change of a pixel, of 255.")
    l2: float | None = Field(description="Root of the sum of squared changes, on [0, 1].")
    changed: float | None = Field(description="Share of pixels that differ.")


class CurvePoint(_Part):
    """Success at a budget, over the initially correct images."""

    budget: float = Field(description="On the curve's axis.")
    success: Estimate = Field(description="Share of successes at this budget or a smaller one.")
    lifted: Estimate = Field(description="The same, towards the finding only.")
    control: Estimate | None = Field(
        description="Share on which shuffled changes of this size succeed; null if there are none."
    )


class Curve(_Part):
    """Success against budget."""

    unit: str = Field(description="What the budget counts: grey levels of 255, queries, degrees.")
    kind: str = Field(description="nested, distances (of a minimal-norm attack) or queries.")
    asked: float | None = Field(description="The budget that was requested, on the axis; null if there is none.")
    points: tuple[CurvePoint, ...] = Field(description="By rising budget.")


class AttackReport(_Part):
    """One attack on one classifier."""

    classifier: str = Field(description="Name of the classifier.")
    modality: str = Field(description="Kind of image.")
    task: str = Field(description="What the classifier decides.")
    images: str = Field(description="Where the images come from.")
    pixels: int = Field(description="Width and height of an image.")
    attack: str = Field(description="Name of the attack.")
    words: str = Field(description="The attack in a line.")
    goal: str = Field(description="When it stops, in words.")
    technique: str = Field(description="MITRE ATLAS technique.")
    spec: dict[str, Any] = Field(description="All its parameters.")
    seed: int = Field(description="Seed of its random numbers.")
    towards: str = Field(description="finding, no_finding, or wrong: the class that each image does not have.")
    threshold: float = Field(description="Operating point on p(finding) that decisions are taken at.")
    n: int = Field(description="Images attacked.")
    weights: dict[str, str] = Field(description="Hashes of what the outcome depends on.")
    clean_correct: Estimate = Field(description="Share rightly decided at the operating point when clean.")
    success: Success = Field(description="Success, by denominator and direction.")
    effort: Effort | None = Field(description="Gradients or queries; null for an attack that needs neither.")
    distance: Distance = Field(description="Size of the successful changes.")
    curve: Curve | None = Field(description="Success against budget; null for an attack without one.")
    versions: dict[str, str] = Field(description="Versions of threatsim and torch.")
