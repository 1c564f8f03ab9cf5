"""The classifier card: what a classifier is for, what it is made of and how it is trained."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from threatsim.scenario.schema import ModalityName


class CardSection(BaseModel):
    """A section of a card: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(CardSection):
    """The synthetic cases that the shipped weights were trained and measured on."""

    seed: int = Field(ge=0, description="Seed of the synthetic cases.")
    image_size: int = Field(ge=32, le=512, description="Width and height of an image (pixels).")
    train: int = Field(ge=100, description="Training cases.")
    calibration: int = Field(ge=100, description="Held-out cases for model selection and operating points.")
    test: int = Field(ge=100, description="Test cases, never seen in training.")
    positive_share: float = Field(gt=0, lt=1, description="Share of cases with the finding, in every split.")


class Network(CardSection):
    """A network of MONAI, by name. Normalisation is added in front of it and travels with the weights."""

    name: str = Field(description="Class in monai.networks.nets, for instance ResNet.")
    arguments: dict[str, Any] = Field(description="Its keyword arguments.")


class Augmentation(CardSection):
    """Random changes of training images that leave the label as it is."""

    rotation: float = Field(ge=0, le=180, description="Greatest rotation either way (degrees).")
    shift: float = Field(ge=0, le=0.5, description="Greatest shift either way (share of the width).")
    zoom: float = Field(ge=0, le=0.5, description="Greatest change of scale either way (share).")
    brightness: float = Field(ge=0, le=0.5, description="Greatest change of brightness either way (share).")
    flip_horizontal: bool = Field(description="Whether left and right are swapped half the time.")
    flip_vertical: bool = Field(description="Whether top and bottom are swapped half the time.")


class Recipe(CardSection):
    """How the weights are trained: AdamW under a one-cycle schedule."""

    epochs: int = Field(ge=1, le=1000, description="Passes over the training cases.")
    batch_size: int = Field(ge=2, le=4096, description="Cases in a step.")
    learning_rate: float = Field(gt=0, le=1, description="Peak of the one-cycle schedule.")
    weight_decay: float = Field(ge=0, le=1, description="Decoupled weight decay.")
    mixup: float = Field(ge=0, le=10, description="Alpha of mixup (Zhang et al. 2018); 0 for none.")
    initial: Literal["random", "synthetic"] = Field(
        default="random",
        description="Start from random weights, or from those trained on the synthetic modality (fine-tuning).",
    )
    augmentation: Augmentation = Field(description="Random changes of training images.")


class CardOperatingPoint(CardSection):
    """The card's own operating point: name exactly one of the two."""

    sensitivity: float | None = Field(default=None, gt=0, lt=1, description="Sensitivity reached on calibration.")
    specificity: float | None = Field(default=None, gt=0, lt=1, description="Specificity reached on calibration.")

    @model_validator(mode="after")
    def _one(self) -> CardOperatingPoint:
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError("name exactly one of sensitivity and specificity")
        return self


class Card(CardSection):
    """A classifier card, `card.yaml` in the classifier's folder."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name of the classifier and of its folder.")
    modality: ModalityName = Field(description="Kind of image it reads.")
    task: str = Field(description="What it decides, in a line.")
    source: str = Field(description="The published classifier that it stands for, with its figures.")
    limits: str = Field(description="What it must not be used for.")
    data: Data = Field(description="Synthetic cases behind the shipped weights.")
    network: Network = Field(description="The network, for victim and surrogate alike.")
    recipe: Recipe = Field(description="How the shipped weights are trained.")
    recipe_for_archives: Recipe = Field(description="How weights are trained on an archive of real images.")
    victim_seed: int = Field(ge=0, description="Seed of the victim's initial weights and batches.")
    surrogate_seed: int = Field(ge=0, description="Seed of the surrogate's: trained independently of the victim.")
    operating_point: CardOperatingPoint = Field(description="Threshold used when no scenario sets another.")

    @model_validator(mode="after")
    def _independent(self) -> Card:
        if self.victim_seed == self.surrogate_seed:
            raise ValueError("victim_seed and surrogate_seed must differ: the surrogate is trained independently")
        return self
