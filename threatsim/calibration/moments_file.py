"""A file of moments: what is known, how the model measures it, which numbers are free, and the arms it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from threatsim.calibration.moment_figures import OWN_FIGURES, figure_names
from threatsim.catalogue.distributions import FAMILIES, Distribution
from threatsim.common.errors import InputError
from threatsim.common.library import library_folder
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.foreign import read_document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, TextError

KIND_OF_FILE = "file of moments"
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
How = Literal["level", "change", "difference", "saved_per"]
Use = Literal["fit", "predict"]
Z_95 = 1.959963984540054
"""The normal quantile at 97.5 %: half of a 95 % interval is so many standard errors."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(_Part):
    """How the model measures a moment."""

    figure: str = Field(description="Figure of a market: one of the catalogue, or of those that moments need beside.")
    how: How = Field(
        default="level",
        description="level of an arm; change or difference of it against the baseline, as a share of that or in the "
        "figure's unit; saved_per, how much less there is of the figure for each more of `per`.",
    )
    arm: str = Field(default="", description="Arm that is measured; the baseline if empty.")
    weeks: tuple[int, int] | None = Field(
        default=None, description="First and last week of the record, from 1; all of it if absent."
    )
    per: str = Field(default="", description="The other figure of saved_per.")

    @model_validator(mode="after")
    def _complete(self) -> Measure:
        for name in (self.figure, self.per):
            if name and name not in figure_names():
                hint = did_you_mean(name, figure_names())
                raise ValueError(f"no metric measures '{name}'{f'. {hint}' if hint else ''}")
        if self.how != "level" and not self.arm:
            raise ValueError(f"{self.how} needs an arm, which is held against the baseline")
        if (self.how == "saved_per") != bool(self.per):
            raise ValueError("saved_per needs `per`, the figure that is spent, and nothing else has one")
        if self.weeks is not None:
            if not 1 <= self.weeks[0] <= self.weeks[1]:
                raise ValueError(f"weeks are {self.weeks[0]} to {self.weeks[1]}; they count from 1 and must rise")
            for name in filter(None, (self.figure, self.per)):
                if name not in OWN_FIGURES or not OWN_FIGURES[name].windowed:
                    some = ", ".join(one for one, row in OWN_FIGURES.items() if row.windowed)
                    raise ValueError(f"'{name}' is of the whole record, so weeks cannot be chosen; of some are {some}")
        return self


class Moment(_Part):
    """A published figure."""

    description: Text = Field(description="What the figure is, in a line.")
    value: Finite = Field(description="The figure as published, in the unit of what measures it.")
    interval: tuple[Finite, Finite] = Field(description="Its 95 % interval; distances are in units of it.")
    source: str = Field(default="", description="Where it was read, as a citation; empty if assumed.")
    kind: Literal["measured", "estimated", "assumed"] = Field(
        default="assumed", description="measured (read in the source), estimated (derived from it) or assumed."
    )
    note: str = Field(default="", description="What a reader should know about it.")
    use: Use = Field(description="fit, or predict: it is held out and only predicted.")
    measure: Measure = Field(description="How the model measures it.")

    @field_validator("interval")
    @classmethod
    def _rises(cls, interval: tuple[float, float]) -> tuple[float, float]:
        low, high = interval
        if not low < high:
            raise ValueError(f"the interval is {low:g} to {high:g}; its first end must be below the second")
        return interval

    @model_validator(mode="after")
    def _right(self) -> Moment:
        low, high = self.interval
        if not low <= self.value <= high:
            raise ValueError(f"the value {self.value:g} lies outside its interval, {low:g} to {high:g}")
        if self.kind != "assumed" and not self.source.strip():
            raise ValueError(f"a moment of kind '{self.kind}' needs a source; without one it is 'assumed'")
        return self

    @property
    def error(self) -> float:
        """The standard error that the interval stands for."""
        return (self.interval[1] - self.interval[0]) / (2 * Z_95)


class MomentArm(_Part):
    """An arm that moments need and the scenario has not."""

    name: Name = Field(description="Name of the arm.")
    title: Text = Field(description="What it is, in a few words.")
    set: dict[str, Any] = Field(description="Dotted path -> new value, as in an arm of a scenario.")


if TYPE_CHECKING:
    _Prior = _Part
else:  # a field for each family of the catalogue
    _Prior = create_model(
        "_Prior",
        __base__=_Part,
        **{
            name: (family | None, Field(default=None, description=family.field_text()))
            for name, family in FAMILIES.items()
        },
    )


class Prior(_Prior):
    """What is believed of a free number before it is fitted; empty for the range that the scenario gives it."""

    @model_validator(mode="after")
    def _one(self) -> Prior:
        if len(given := [name for name in FAMILIES if getattr(self, name) is not None]) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: a number has one prior")
        return self

    @property
    def distribution(self) -> Distribution | None:
        """The distribution, or None for the scenario's own range."""
        return next((value for _, value in self if isinstance(value, Distribution)), None)


class MomentsFile(_Part):
    """What is known of a market, and what is free in it."""

    free: dict[str, Prior] = Field(min_length=1, description="Dotted path of a number -> its prior.")
    arms: tuple[MomentArm, ...] = Field(default=(), description="Arms that moments need and the scenario has not.")
    moments: dict[Name, Moment] = Field(min_length=1, description="Name -> moment.")

    @model_validator(mode="before")
    @classmethod
    def _empty_priors(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(free := data.get("free"), dict):
            data = data | {"free": {path: {} if prior is None else prior for path, prior in free.items()}}
        return data


@dataclass(frozen=True)
class ReadMoments:
    """A file of moments that was read.

    Attributes:
        path: the file.
        document: its text, and where each key was written.
        content: what it says.
    """

    path: Path
    document: Document
    content: MomentsFile

    def used(self, use: Use) -> dict[str, Moment]:
        """Return the moments of one use."""
        return {name: one for name, one in self.content.moments.items() if one.use == use}

    def refusal(self, at: KeyPath, text: str, hint: str = "") -> TextError:
        """Return the error of what stands at a place of the file."""
        return TextError([Mistake(text, self.document.spot(at).key, hint)], self.path, self.document.text)


def shipped_moments() -> Path:
    """Return the file of moments that comes with threatsim."""
    return library_folder("scenarios") / "parameters" / "moments.yaml"


def read_moments(path: Path) -> ReadMoments:
    """Read and check a file of moments.

    Raises:
        InputError: there is none, or it has mistakes, each with line and column.
    """
    try:
        document = read_document(path, KIND_OF_FILE)
    except FileNotFoundError:
        raise InputError(f"there is no {KIND_OF_FILE} {path}", given=str(path)) from None
    try:
        content = MomentsFile.model_validate(document.data)
    except ValidationError as error:
        mistakes = [_mistake(one, document) for one in error.errors()]
        raise TextError(mistakes, path, document.text) from None
    read = ReadMoments(path, document, content)
    if not read.used("fit"):
        raise read.refusal(("moments",), "no moment is of use: fit, so there is nothing to fit to")
    return read


_OF_SECTION: Mapping[str, type[BaseModel]] = {"free": Prior, "arms": MomentArm}
_MODELS: Mapping[int, type[BaseModel]] = {0: MomentsFile, 2: Moment, 3: Measure}


def _mistake(error: ErrorDetails, document: Document) -> Mistake:
    at = tuple(part for part in error["loc"] if part != "[key]")
    name = ".".join(map(str, at))
    if error["type"] == "extra_forbidden":
        model = _OF_SECTION.get(str(at[0])) or _MODELS[len(at) - 1]
        allowed = list(model.model_fields)
        text = f"there is no key '{at[-1]}' here; there are {', '.join(allowed)}"
        return Mistake(text, document.spot(at).key, did_you_mean(str(at[-1]), allowed) or "")
    if error["type"] == "missing":
        return Mistake(f"{'.'.join(map(str, at[:-1])) or 'the file'} lacks '{at[-1]}'", document.spot(at[:-1]).key)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        message = "a name has lower-case letters, digits and _, and starts with a letter"
    spot = document.spot(at)
    return Mistake(f"{name}: {message[:1].lower() + message[1:]}", spot.key if "ctx" in error else spot.value)
