"""A number said by the one that it takes the place of: so many times it, or so much more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from threatsim.catalogue.distributions import Distribution
from threatsim.scenario.section import Section

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class RelativeValue(Section):
    """What an arm or `--set` may write in place of a number: `{times: 2}`, `{plus: 0.01}`."""

    times: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)] | None = Field(
        default=None, description="So many times the number that stands there; its range goes along."
    )
    plus: Number | None = Field(
        default=None, description="So much more than the number that stands there, or less if below 0, in its unit."
    )
    note: str = Field(default="", description="What a reader should know about it.")

    @model_validator(mode="after")
    def _one_of_them(self) -> RelativeValue:
        if (self.times is None) == (self.plus is None):
            raise ValueError("write either times or plus")
        return self

    @property
    def key(self) -> str:
        """Which of the two it says."""
        return "times" if self.plus is None else "plus"

    def of(self, number: float) -> float:
        """Return the number meant, where `number` stands."""
        return number + self.plus if self.plus is not None else number * (self.times or 0.0)

    def of_distribution(self, distribution: Distribution) -> Distribution | None:
        """Return the distribution of the number meant; None where its family has none."""
        if self.plus is not None:
            return distribution.shifted(self.plus)
        return distribution.scaled(self.times or 0.0)

    def describe(self, number: float) -> str:
        """Return it in words, for the number that stands there: `2 times 0.0041`, `0.05 and 0.01 more`."""
        if self.plus is None:
            return f"{self.times:g} times {number:g}"
        return f"{number:g} and {abs(self.plus):g} {'more' if self.plus >= 0 else 'less'}"


RELATIVE_KEYS: Final = ("times", "plus")
"""Keys of which a relative value has one."""


def is_relative(value: Any) -> bool:
    """Return whether what was written in place of a number says it by that number."""
    return isinstance(value, Mapping) and any(key in value for key in RELATIVE_KEYS)


_TIMES = re.compile(r"(?:[x×*]\s*([0-9]+(?:\.[0-9]+)?)|([0-9]+(?:\.[0-9]+)?)\s*(?:[x×*]|times))")


def times_meant(written: str) -> str:
    """Return the factor in a text that somebody wrote for a relative value: `2x`, `×2`, `2 times`; else empty."""
    found = _TIMES.fullmatch(written.strip().lower())
    return (found[1] or found[2]) if found else ""
