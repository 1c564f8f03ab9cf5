"""One thing that was looked at: what was found, whether it is as it should be, and what to do if not."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["ok", "note", "off"]


class Finding(BaseModel):
    """What was found of one thing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="What was looked at, in a word or two.")
    found: str = Field(description="What was found, in a line.")
    state: State = Field(
        default="ok",
        description="ok: as it should be; note: not as usual, and harmless; off: something is wrong or may become so.",
    )
    remedy: str = Field(default="", description="What to do about it; empty where there is nothing to do.")
