"""What an attacker may have of the payer's classifier: nothing, its weights, a surrogate, or answers to queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Access = Literal["none", "white_box", "black_box", "queries"]

ACCESSES: Final[tuple[Access, ...]] = ("none", "white_box", "black_box", "queries")
KNOWLEDGE: Final[Mapping[str, str]] = {
    "white_box": "white box",
    "black_box": "transfer from the surrogate",
    "queries": "queries to the payer",
    "none": "no access",
}
"""Access -> what the attacker has of the payer's classifier, in words."""
SHORT: Final[Mapping[str, str]] = {
    "white_box": "white box",
    "black_box": "black box",
    "queries": "queries",
    "none": "no access",
}
"""Access -> its name in a heading."""
TECHNIQUE: Final[Mapping[str, str]] = {
    "white_box": "AML.T0043.000",
    "queries": "AML.T0043.001",
    "black_box": "AML.T0043.002",
    "none": "AML.T0043.003",
}
"""Access -> MITRE ATLAS technique of crafting adversarial data with it."""


class SurrogateKind(BaseModel):
    """What a surrogate shares with the victim (Bortsova et al. 2021, Med. Image Anal. 73:102141)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Literal["same", "other"] = Field(description="The victim's network, or a DenseNet.")
    data: Literal["same", "disjoint", "half"] = Field(
        description="The victim's training cases, as many of other patients, or half as many of those."
    )
    start: Literal["pretrained", "random"] = Field(description="The commodity start, or random weights.")

    @property
    def name(self) -> str:
        """A short name, also of a file."""
        return f"{self.architecture}-{self.data}-{self.start}"

    def label(self) -> str:
        """Return the kind in a line."""
        data = {"same": "the same cases", "disjoint": "other cases", "half": "half as many other cases"}[self.data]
        return f"{self.architecture} architecture, {data}, {self.start} start"
