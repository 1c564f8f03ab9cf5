"""The card of a classifier of claims: what it is for, what it is made of and how it is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from threatsim.classifiers.card import CardOperatingPoint, CardSection
from threatsim.classifiers.card_file import read_yaml


class ClaimData(CardSection):
    """The generated claims that the weights are trained and measured on."""

    seed: int = Field(ge=0, description="Seed of the claims.")
    train: int = Field(ge=100, description="Past claims for training, with the decisions of the past.")
    calibration: int = Field(ge=100, description="Held-out claims for model selection and operating points.")
    test: int = Field(ge=100, description="Test claims, never seen in training.")
    payable_share: float = Field(gt=0, lt=1, description="Share of calibration and test claims that are payable.")
    varied: float = Field(ge=0, le=1, description="Share of conditions in past claims that are not coded carefully.")
    mistaken: float = Field(ge=0, lt=0.5, description="Share of past decisions that are not the policy's.")


class ClaimRecipe(CardSection):
    """How the weights are trained: AdamW under a one-cycle schedule, the best epoch kept."""

    hidden: tuple[int, ...] = Field(min_length=1, description="Widths of the hidden layers.")
    epochs: int = Field(ge=1, le=1000, description="Passes over the past claims.")
    batch_size: int = Field(ge=2, le=4096, description="Claims in a step.")
    learning_rate: float = Field(gt=0, le=1, description="Peak of the one-cycle schedule.")
    weight_decay: float = Field(ge=0, le=1, description="Decoupled weight decay.")
    rearranged: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Hardening: other truthful codings of a carefully coded claim, of which each step takes the worst "
        "under the careful coding's decision; 0 for none.",
    )


class ClaimCard(CardSection):
    """A card, `card.yaml` in the classifier's folder."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name of the classifier and of its folder.")
    modality: Literal["claim_codes"] = Field(description="What it reads.")
    task: str = Field(description="What it decides, in a line.")
    source: str = Field(description="The published classifier or example that it stands for.")
    limits: str = Field(description="What it must not be used for.")
    data: ClaimData = Field(description="Generated claims behind the shipped weights.")
    recipe: ClaimRecipe = Field(description="The network, and how it is trained.")
    victim_seed: int = Field(ge=0, description="Seed of the victim's initial weights and batches.")
    surrogate_seed: int = Field(ge=0, description="Seed of the surrogate's weights, and of other claims to train on.")
    operating_point: CardOperatingPoint = Field(description="Threshold used when no scenario sets another.")

    @model_validator(mode="after")
    def _independent(self) -> ClaimCard:
        if self.victim_seed == self.surrogate_seed:
            raise ValueError("victim_seed and surrogate_seed must differ: the surrogate is trained independently")
        return self


def read_claim_card(path: Path) -> ClaimCard:
    """Read the card in a YAML file.

    Raises:
        ThreatsimError: it is absent, is not YAML, or does not fit the card's schema.
    """
    return read_yaml(path, ClaimCard)
