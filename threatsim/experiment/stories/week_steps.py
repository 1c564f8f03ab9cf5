"""What happens in a week of the market, in its order, as the market itself has it."""

from __future__ import annotations

import inspect

from pydantic import BaseModel, ConfigDict, Field

from threatsim.market.model import Market


class WeekStep(BaseModel):
    """One step of a week."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Name of the step, a method of the market.")
    what: str = Field(description="What happens in it.")


def week_steps() -> tuple[WeekStep, ...]:
    """Return the steps of a week, each with the first paragraph of its docstring."""
    told = {name: inspect.getdoc(getattr(Market, name)) or "" for name in Market.week_steps}
    return tuple(WeekStep(name=name, what=" ".join(text.split("\n\n")[0].split())) for name, text in told.items())
