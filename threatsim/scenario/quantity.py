"""Sourced numbers: every number of a scenario says where it comes from, or that it comes from nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

Kind = Literal["measured", "estimated", "assumed"]


class Quantity(BaseModel):
    """A number with its unit, source and kind. A bare number in the YAML is `assumed` and has no source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(description="The number itself, in `unit`.", allow_inf_nan=False, strict=True)
    unit: str = Field(default="", description="Unit of the number: USD, share, weeks, claims per week, ...")
    source: str = Field(default="", description="Where the number comes from, as a citation; empty if assumed.")
    kind: Kind = Field(
        default="assumed",
        description="measured (read in the source), estimated (derived from sources) or assumed (no source).",
    )
    note: str = Field(default="", description="What a reader should know about the number.")

    @model_validator(mode="wrap")
    @classmethod
    def _accept_bare_number(cls, data: Any, handler: ModelWrapValidatorHandler[Quantity]) -> Quantity:
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            data = {"value": data}
        return handler(data)

    @model_validator(mode="after")
    def _sourced_unless_assumed(self) -> Quantity:
        if self.kind != "assumed" and not self.source.strip():
            raise ValueError(f"a number of kind '{self.kind}' needs a source; without one it is 'assumed'")
        return self

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True)
class Bounds:
    """The range and unit of a quantity; checked by pydantic and written into the JSON Schema.

    Attributes:
        low, high: the allowed range, both ends included; `high` None means no upper end.
        unit: what the number is in when the scenario does not say.
        unit_holds: words that a unit written in the scenario must contain, so that 0.5 percent is never read
            as the share 0.5, nor a yearly number as a weekly one; empty where any unit will do.
    """

    low: float
    high: float | None
    unit: str
    unit_holds: str = ""

    @property
    def allowed(self) -> str:
        """The range in words: `from 0 to 1`, `at least 0`."""
        return f"at least {self.low:g}" if self.high is None else f"from {self.low:g} to {self.high:g}"

    def check(self, quantity: Quantity) -> Quantity:
        """The quantity, with a unit; raises ValueError if it is out of range or in another unit."""
        if quantity.value < self.low or (self.high is not None and quantity.value > self.high):
            raise ValueError(f"{quantity.value:g} is out of range; allowed is {self.allowed} ({self.unit})")
        if quantity.unit and self.unit_holds not in quantity.unit:
            raise ValueError(
                f"the unit '{quantity.unit}' does not fit; this number is in {self.unit}, "
                f"so its unit must contain '{self.unit_holds}'"
            )
        return quantity if quantity.unit else quantity.model_copy(update={"unit": self.unit})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        span = {"minimum": self.low} | ({} if self.high is None else {"maximum": self.high})
        whole = {"allOf": [handler(schema), {"properties": {"value": span}}]}
        return {"anyOf": [{"type": "number", **span}, whole], "x-unit": self.unit}


Share = Annotated[Quantity, Bounds(0, 1, "share", "share")]
Dollars = Annotated[Quantity, Bounds(0, None, "USD", "USD")]
Weeks = Annotated[Quantity, Bounds(0, 520, "weeks", "week")]
PerYear = Annotated[Quantity, Bounds(0, None, "per year", "per year")]
PerMonth = Annotated[Quantity, Bounds(0, None, "USD per month", "per month")]
PerWeek = Annotated[Quantity, Bounds(0, None, "per week", "per week")]
Factor = Annotated[Quantity, Bounds(0, None, "times")]
