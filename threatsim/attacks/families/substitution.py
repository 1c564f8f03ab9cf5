"""Substitution: another patient's image, of a case that truly has the wanted label, sent in its place."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.search.batch import AttackedImages, Batch


class Substitution(ImageAttack):
    """Another patient's image, of a case that truly has the wanted label, sent in its place."""

    family: Literal["substitution"] = "substitution"
    access: Literal["none"] = Field(default="none", description="Nothing of the classifier is needed.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return "Substitution by another patient's image"

    def run(self, batch: Batch) -> AttackedImages:
        """Send the other image as it is."""
        assert batch.other is not None  # the engine draws them for this family
        return AttackedImages.without_search(batch.other.clone())
