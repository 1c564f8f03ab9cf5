"""What every attack has: its row in the catalogue, what the attacker needs (`access`) and when it stops (`goal`).

A family's file adds its parameters and runs it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import Goal
from threatsim.catalogue.access import KNOWLEDGE, SurrogateKind
from threatsim.catalogue.attack_row import AttackRow
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.pictures.resizes import NO_RESIZE, AssumedResize

if TYPE_CHECKING:
    import torch

    from threatsim.attacks.search.batch import AttackedImages, Batch
    from threatsim.attacks.search.target import Target

GradientAccess = Literal["white_box", "black_box"]


class Attack(BaseModel, ABC):
    """What every attack has, on images and on codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    if TYPE_CHECKING:  # each family declares its own, with what it allows
        family: str
        access: str

    @abstractmethod
    def describe(self) -> str:
        """Return the attack in a line."""

    @property
    def row_name(self) -> str:
        """Its name in the catalogue."""
        return self.family

    @property
    def row(self) -> AttackRow:
        """What the catalogue says of it."""
        return ATTACKS.find(self.row_name)

    @property
    def technique(self) -> str:
        """MITRE ATLAS technique."""
        return self.row.technique_of(self.access)

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        return KNOWLEDGE[self.access]

    @property
    def stops(self) -> Goal | None:
        """When it stops; None for one that is not stopped by what it reaches."""
        goal: Goal | None = self._own("goal")
        return goal

    def inputs(self, available: Container[str]) -> list[str]:
        """Return what its outcome depends on, by name, beside the case, the attack itself and the seed.

        Args:
            available: names of what the attacker has.
        """
        early = self.stops is not None and self.stops.stop != "never"
        return list(self.row.inputs(self.access, stops_early=early, available=available))

    def libraries(self) -> Mapping[str, str]:
        """Return other libraries that compute it: name -> version here."""
        return {}

    def _own(self, field: str) -> Any:
        """Return a field that some attacks have; None for the others."""
        return getattr(self, field, None)


class ImageAttack(Attack):
    """An attack on images, which the engine runs in batches."""

    @abstractmethod
    def run(self, batch: Batch) -> AttackedImages:
        """Alter the images of a batch; each image's outcome depends on its own key alone."""

    def train(self, source: Target, training: TrainingImages | None, *, seed: int) -> Mapping[str, torch.Tensor]:
        """Return what is made ahead, once for all images: name -> tensor, as `Batch.trained` then has it.

        A patch or a universal perturbation is (2, 3, H, W) float32, one toward each class.

        Args:
            source: whose gradients are followed.
            training: images that the attacker may train on, if there are any.
            seed: of what is drawn at random.

        Raises:
            ThreatsimError: something is missing that it needs.
        """
        return {}

    @property
    def trained_patch(self) -> str:
        """Name of the patch, trained ahead, that it needs; empty if it needs none."""
        return ""

    @property
    def bound(self) -> PixelBudget | None:
        """Greatest change of an image; None where it is not bounded by a norm."""
        budget: PixelBudget | None = self._own("budget")
        return budget

    @property
    def reckons_with(self) -> str | None:
        """The resize that the attacker takes for the payer's; None where it is the payer's own."""
        resize: str | None = self._own("assumed_resize")
        return resize

    @property
    def named_surrogate(self) -> SurrogateKind | None:
        """The kind of surrogate that it names; None for the one beside the victim."""
        kind: SurrogateKind | None = self._own("surrogate")
        return kind

    def file_levels(self, default: int | None) -> int | None:
        """Return steps between black and white in the file that is sent; None if it is not saved as one."""
        return default if self.bound is None else self.bound.levels


class TransferAttack(ImageAttack):
    """An attack whose gradients may come from a surrogate of any kind, and through another resize than the payer's."""

    surrogate: SurrogateKind | None = Field(
        default=None, description="Transfer from a surrogate of this kind; the one beside the victim if null."
    )

    assumed_resize: AssumedResize | None = Field(
        default=None,
        exclude_if=lambda resize: resize is None,
        description="The resize that the attacker reckons with: a guess, or none where the attack is not aware of the "
        "scaling; the payer's own if null (a scaling-aware attack, Quiring et al. 2020).",
    )

    @model_validator(mode="after")
    def _transferred(self) -> Self:
        if self.surrogate is not None and self.access != "black_box":
            raise ValueError("a surrogate is for access black_box")
        return self

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        known = f"transfer ({self.surrogate.label()})" if self.surrogate else super().knowledge
        if self.assumed_resize is None:
            return known
        if self.assumed_resize == NO_RESIZE:
            return f"{known}, overlooking the payer's resize"
        return f"{known}, reckoning with resize {self.assumed_resize}"


@dataclass(frozen=True)
class TrainingImages:
    """Images that an attacker may train on.

    Attributes:
        fingerprint: names them by content.
        draw: number wanted -> (N, 3, H, W) float32 images in [0, 1].
    """

    fingerprint: str
    draw: Callable[[int], torch.Tensor]
