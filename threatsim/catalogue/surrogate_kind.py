"""What a surrogate shares with the victim, as data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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

    def words(self) -> str:
        """The kind in a line."""
        data = {"same": "the same cases", "disjoint": "other cases", "half": "half as many other cases"}[self.data]
        return f"{self.architecture} architecture, {data}, {self.start} start"
