"""Attack specifications: what is done to an image, with which budget and which knowledge. Data only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class PixelBudget(BaseModel):
    """A perturbation budget in the L-infinity norm, with the pixel scale that it is measured on.

    The scale is part of the budget because it is where reproductions go wrong: 0.02 on [-1, 1] is 0.01 on [0, 1].
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epsilon: float = Field(ge=0, description="Greatest change of a pixel, on the scale low to high.")
    low: float = Field(default=-1.0, description="Value of a black pixel.")
    high: float = Field(default=1.0, description="Value of a white pixel.")

    def on_unit_scale(self, length: float) -> float:
        """A length on this scale as a length on [0, 1]."""
        return length / (self.high - self.low)

    def words(self) -> str:
        """The budget in grey levels of an 8-bit file."""
        return f"{self.epsilon:g} on [{self.low:g}, {self.high:g}] = {self.on_unit_scale(self.epsilon) * 255:.3g}/255"


class PGD(BaseModel):
    """Projected gradient descent from a random start (Madry et al. 2018), every step taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Literal["pgd"] = "pgd"
    access: Literal["white_box", "black_box"] = Field(description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of a pixel.")
    step: float = Field(gt=0, description="Step size, on the budget's scale.")
    steps: int = Field(ge=1, description="Number of gradient steps.")

    @property
    def technique(self) -> str:
        """MITRE ATLAS technique."""
        return "AML.T0043.000" if self.access == "white_box" else "AML.T0043.002"

    def words(self) -> str:
        """The attack in a line."""
        knowledge = "white box" if self.access == "white_box" else "transfer from the surrogate"
        return f"PGD, {knowledge}, {self.steps} steps, epsilon {self.budget.words()}"


class Patch(BaseModel):
    """A round patch pasted at a random place and angle (Brown et al. 2017), or its natural control."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Literal["patch"] = "patch"
    access: Literal["white_box", "black_box", "none"] = Field(
        description="Trained on the victim, on the surrogate, or not trained: the most typical image of the class."
    )
    scale: float = Field(gt=0, le=1, description="Diameter as a share of the image's width.")
    rotation: float = Field(default=22.5, ge=0, le=180, description="Greatest rotation either way (degrees).")

    @property
    def technique(self) -> str:
        """MITRE ATLAS technique."""
        return {"white_box": "AML.T0043.000", "black_box": "AML.T0043.002", "none": "AML.T0043.003"}[self.access]

    def words(self) -> str:
        """The attack in a line."""
        knowledge = {
            "white_box": "white box",
            "black_box": "transfer from the surrogate",
            "none": "natural image",
        }
        return f"Patch, {knowledge[self.access]}, {self.scale:.0%} of the width, random place and angle"


AttackSpec = Annotated[PGD | Patch, Field(discriminator="family")]
