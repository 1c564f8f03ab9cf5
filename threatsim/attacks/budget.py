"""How much an attacker may change: a radius in a norm, on a stated pixel scale, and the grid of the file. Data only."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class PixelBudget(BaseModel):
    """A perturbation budget with the pixel scale that it is measured on, and the grid that a file keeps.

    The scale is part of the budget because it is where reproductions go wrong: 0.02 on [-1, 1], the paper's, is 0.01
    on [0, 1]. The grid is part of it because an attacker submits a file: 0.01 on [0, 1] is 2.55 grey levels of an
    8-bit file, of which a file within the budget can use 2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epsilon: float = Field(
        ge=0, allow_inf_nan=False, description="Radius: the greatest change, on the scale low..high."
    )
    norm: Literal["linf", "l2"] = Field(
        default="linf",
        description="linf bounds every pixel's change, l2 the root of the sum of squares of all changes.",
    )
    low: float = Field(default=-1.0, description="Value of a black pixel.")
    high: float = Field(default=1.0, description="Value of a white pixel.")
    levels: int | None = Field(
        default=255,
        ge=1,
        description="Steps between black and white in the file (255 for 8 bits); null attacks real numbers, no file.",
    )

    @model_validator(mode="after")
    def _a_scale(self) -> PixelBudget:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        return self

    @classmethod
    def grey_levels(cls, count: float, *, norm: Literal["linf", "l2"] = "linf") -> PixelBudget:
        """Return a budget in grey levels of an 8-bit file: `grey_levels(4)` is 4/255."""
        return cls(epsilon=count, norm=norm, low=0, high=255)

    def on_unit_scale(self, length: float) -> float:
        """Return a length on this scale as a length on [0, 1]."""
        return length / (self.high - self.low)

    @property
    def radius(self) -> float:
        """The radius on [0, 1]."""
        return self.on_unit_scale(self.epsilon)

    @property
    def whole_levels(self) -> int | None:
        """Whole levels of the file that an L-infinity budget has room for; None where that says nothing."""
        if self.levels is None or self.norm != "linf":
            return None
        return math.floor(self.radius * self.levels + 1e-6)  # 4/255 * 255 must be 4

    def scaled(self, share: float) -> PixelBudget:
        """Return the same budget with `share` times the radius."""
        return self.model_copy(update={"epsilon": self.epsilon * share})

    def label(self) -> str:
        """Return the budget in grey levels of an 8-bit file, and what of it a file can use."""
        text = f"{self.epsilon:g} on [{self.low:g}, {self.high:g}]"
        if self.norm == "l2":
            return f"L2 {text}"
        text += f" = {self.radius * 255:.3g}/255"
        whole = self.whole_levels
        if whole is not None and self.levels == 255 and abs(whole - self.radius * 255) > 1e-3:
            text += f" ({whole} whole grey levels)"
        return text
