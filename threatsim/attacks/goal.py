"""When an attack on an image stops."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


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

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        return _BY_NAME.get(data, data) if isinstance(data, str) else data

    def describe(self) -> str:
        """Return the goal in a few words."""
        if self.stop == "never":
            return "all steps taken"
        beyond = f" by {self.margin:g} logits" if self.margin else ""
        spent = " or the queries are spent" if self.stop == "budget" else ""
        return f"until the decision turns{beyond}{spent}"


_BY_NAME: dict[str, dict[str, Any]] = {"turned": {"stop": "turned", "margin": 0.25}, "never": {"stop": "never"}}
UNTIL_SUCCESS = Goal.model_validate("turned")
NEVER = Goal.model_validate("never")
SPENT = Goal(stop="budget")
