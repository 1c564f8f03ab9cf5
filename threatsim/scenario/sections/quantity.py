"""Sourced numbers: every number of a scenario says where it comes from, or that it comes from nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from threatsim.catalogue.distributions import FAMILIES, Distribution

Kind = Literal["measured", "estimated", "fitted", "assumed"]

KINDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "measured": "read in the source",
        "estimated": "worked out from sources",
        "fitted": "chosen so that the model gives published figures",
        "assumed": "no source was found",
    }
)
"""Kinds of evidence for a number, the firmest first, with what each says. What a number was fitted to cannot test the
model that it was fitted by, so that it is no estimate like another."""


NUMBER_KEYS = ("value", "parameter", *FAMILIES)
"""A section with one of these keys is a number written in full, and is replaced whole, never merged."""


def is_written_out(found: object) -> bool:
    """Return whether plain data are a number with its unit and source, and not a section of several."""
    return isinstance(found, Mapping) and any(key in found for key in NUMBER_KEYS)


class _Number(BaseModel):
    """A number with what is known of it."""

    value: float = Field(
        description="The number itself, in `unit`; with a distribution its centre, if it is not given.",
        allow_inf_nan=False,
        strict=True,
    )
    unit: str = Field(default="", description="Unit of the number: USD, share, weeks, claims per week, ...")
    source: str = Field(default="", description="Where the number comes from, as a citation; empty if assumed.")
    kind: Kind = Field(
        default="assumed",
        description=f"How it is known: {', '.join(f'{kind} ({what})' for kind, what in KINDS.items())}.",
    )
    note: str = Field(default="", description="What a reader should know about the number.")


if TYPE_CHECKING:
    _Uncertain = _Number
else:  # a field for each family of the catalogue
    _Uncertain = create_model(
        "_Uncertain",
        __base__=_Number,
        **{
            name: (family | None, Field(default=None, description=family.field_text()))
            for name, family in FAMILIES.items()
        },
    )


class Quantity(_Uncertain):
    """A number with its unit, source and kind. A bare number in the YAML is `assumed` and has no source.

    A number that is not known well has a distribution. Replicates hold it at `value`, by default the centre of the
    distribution; where doubt is asked for it is drawn beside them. A number that scenarios share is referred to:
    `{parameter: fees.cpt_67228_office}`.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=lambda schema: schema.update(required=[], anyOf=[{"required": [key]} for key in NUMBER_KEYS]),
    )

    parameter: str = Field(
        default="", description="Shared parameter that the number comes from, as file.name; see scenarios/parameters."
    )
    year: int | None = Field(
        default=None, strict=True, ge=1900, le=2200, description="Year of the shared parameter; else its latest."
    )

    @property
    def distribution(self) -> Distribution | None:
        """The distribution that the number is drawn from, if it is uncertain."""
        return next((value for _, value in self if isinstance(value, Distribution)), None)

    @model_validator(mode="wrap")
    @classmethod
    def _accept_short_forms(cls, data: Any, handler: ModelWrapValidatorHandler[Quantity]) -> Quantity:
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            data = {"value": data}
        elif isinstance(data, dict) and "value" not in data and any(data.get(name) is not None for name in FAMILIES):
            number = handler(data | {"value": 0.0})
            centre = number.distribution.centre if number.distribution else 0.0
            return number.model_copy(update={"value": centre})
        return handler(data)

    @model_validator(mode="after")
    def _one_distribution(self) -> Quantity:
        given = [name for name in FAMILIES if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: a number has one distribution")
        return self

    @model_validator(mode="after")
    def _sourced_unless_assumed(self) -> Quantity:
        if self.kind != "assumed" and not self.source.strip():
            raise ValueError(f"a number of kind '{self.kind}' needs a source; without one it is 'assumed'")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unsaid = [name for name in (*FAMILIES, "parameter", "year") if not getattr(self, name)]
        return {name: value for name, value in handler(self).items() if name not in unsaid}

    def __float__(self) -> float:
        return self.value


LEAST_WITHIN = 0.5
"""A distribution of which less than this lies in a number's range is a mistake, not a tail that is cut off."""


@dataclass(frozen=True)
class Bounds:
    """The range and unit of a quantity; checked by pydantic and written into the JSON Schema.

    Attributes:
        low, high: the allowed range, both ends included; `high` None means no upper end.
        unit: what the number is in when the scenario does not say.
        unit_holds: words that a unit written in the scenario must contain, so that 0.5 percent is never read
            as the share 0.5, nor a yearly number as a weekly one; empty where any unit will do.
        most: beyond it a number is a slip of the pen, and sums of it could not be computed; no part of the range that a
            distribution is cut to.
    """

    low: float
    high: float | None
    unit: str
    unit_holds: str = ""
    most: float = 1e12

    @property
    def allowed(self) -> str:
        """The range in words: `from 0 to 1`, `at least 0`."""
        return f"at least {self.low:g}" if self.high is None else f"from {self.low:g} to {self.high:g}"

    def check(self, quantity: Quantity) -> Quantity:
        """Return the quantity, with a unit; raises ValueError if it is out of range or in another unit."""
        if quantity.value < self.low or (self.high is not None and quantity.value > self.high):
            raise ValueError(f"{quantity.value:g} is out of range; allowed is {self.allowed} ({self.unit})")
        if quantity.value > self.most:
            raise ValueError(
                f"{quantity.value:g} is more than any such number is; the most is {self.most:g} ({self.unit})"
            )
        if quantity.unit and self.unit_holds not in quantity.unit:
            raise ValueError(
                f"the unit '{quantity.unit}' does not fit; this number is in {self.unit}, "
                f"so its unit must contain '{self.unit_holds}'"
            )
        if quantity.distribution and (inside := quantity.distribution.within(self.low, self.high)) < LEAST_WITHIN:
            raise ValueError(
                f"only {inside:.0%} of its distribution, {quantity.distribution.describe()}, is allowed: "
                f"{self.allowed} ({self.unit})"
            )
        if quantity.distribution and not quantity.distribution.holds(quantity.value):
            raise ValueError(
                f"its value {quantity.value:g} is outside of its own distribution, {quantity.distribution.describe()}"
            )
        return quantity if quantity.unit else quantity.model_copy(update={"unit": self.unit})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        span = {"minimum": self.low, "maximum": self.most if self.high is None else self.high}
        whole = {"allOf": [handler(schema), {"properties": {"value": span}}]}
        return {"anyOf": [{"type": "number", **span}, whole], "x-unit": self.unit, "x-allowed": self.allowed}


Share = Annotated[Quantity, Bounds(0, 1, "share", "share")]
Dollars = Annotated[Quantity, Bounds(0, None, "USD", "USD", most=1e15)]
Weeks = Annotated[Quantity, Bounds(0, 520, "weeks", "week")]
PerYear = Annotated[Quantity, Bounds(0, None, "per year", "per year", most=1e4)]
PerMonth = Annotated[Quantity, Bounds(0, None, "USD per month", "per month", most=1e15)]
PerWeek = Annotated[Quantity, Bounds(0, None, "per week", "per week", most=1e7)]
Factor = Annotated[Quantity, Bounds(0, None, "times")]
Spread = Annotated[Quantity, Bounds(0, None, "times", most=10)]
"""Standard deviation of a logarithm: at 10 the largest of a thousand is 10^13 times the middle one."""
