"""What every attack has: technique, knowledge and goal. Data only; a family's file adds its own and runs it.

Every attack names its MITRE ATLAS technique, what the attacker needs (`access`) and when it stops (`goal`).
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from threatsim.catalogue.surrogate_kind import SurrogateKind

GradientAccess = Literal["white_box", "black_box"]
_KNOWLEDGE = {
    "white_box": "white box",
    "black_box": "transfer from the surrogate",
    "queries": "queries to the payer",
    "none": "no access",
}
_TECHNIQUE = {
    "white_box": "AML.T0043.000",
    "queries": "AML.T0043.001",
    "black_box": "AML.T0043.002",
    "none": "AML.T0043.003",
}


class Goal(BaseModel):
    """When an attack on an image is finished. Stopping early is right for evasion and ruins transfer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stop: Literal["turned", "never", "budget"] = Field(
        description="turned: once the decision turns at the operating point, with the margin; never: all steps are "
        "taken, for transfer or confidence; budget: as turned, or when the queries are spent."
    )
    margin: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="Logits beyond the operating point that the search must reach, so that the saved file still turns.",
    )

    def words(self) -> str:
        """The goal in a few words."""
        if self.stop == "never":
            return "all steps taken"
        beyond = f" by {self.margin:g} logits" if self.margin else ""
        spent = " or the queries are spent" if self.stop == "budget" else ""
        return f"until the decision turns{beyond}{spent}"


TURNED = Goal(stop="turned", margin=0.25)
NEVER = Goal(stop="never")
SPENT = Goal(stop="budget")


class Attack(BaseModel):
    """What every attack has: an ATLAS technique and the attacker's knowledge, both by `access`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def technique(self) -> str:
        """MITRE ATLAS technique."""
        return _TECHNIQUE[getattr(self, "access", "none")]

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        return _KNOWLEDGE[getattr(self, "access", "none")]


class TransferAttack(Attack):
    """An attack whose gradients may come from a surrogate of any kind."""

    surrogate: SurrogateKind | None = Field(
        default=None, description="Transfer from a surrogate of this kind; the one beside the victim if null."
    )

    @model_validator(mode="after")
    def _transferred(self) -> Self:
        if self.surrogate is not None and getattr(self, "access", None) != "black_box":
            raise ValueError("a surrogate is for access black_box")
        return self

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        return f"transfer ({self.surrogate.words()})" if self.surrogate else super().knowledge
