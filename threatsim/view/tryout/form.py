"""A scenario as a form, made from its schema: a field for each number, switch and choice that it has.

Names, texts and files have no field: they are changed in the file, by somebody who sees where they lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.paths import ROOT, Slot
from threatsim.scenario.schema import HELD_AGAINST, TOLD
from threatsim.scenario.sections.quantity import Quantity


class FormField(BaseModel):
    """A field."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="Dotted path; entries of lists go by their name.")
    what: str = Field(description="What it is, in a sentence.")
    kind: Literal["number", "whole number", "switch", "choice"] = Field(description="What may be typed.")
    value: str = Field(description="What stands there, as it would be typed; empty if nothing does.")
    unit: str = Field(default="", description="Its unit; empty if it has none.")
    allowed: str = Field(default="", description="Its range or its choices; empty if any will do.")
    choices: tuple[str, ...] = Field(default=(), description="What may be chosen; empty if it is typed.")
    evidence: str = Field(default="", description="measured, estimated, fitted or assumed; empty if it has no source.")
    source: str = Field(default="", description="Where the number comes from; empty if that is not known.")
    note: str = Field(
        default="", description="What a reader should know of it, and how it is drawn if it is uncertain."
    )
    written: str = Field(default="", description="File and line that it was written in, or that it is the default.")


def fields_of(loaded: LoadedScenario) -> list[FormField]:
    """Return the fields of a scenario, in the order of its schema."""
    written = {path: origin.label for path, origin in origins(loaded).items()}
    return [
        field.model_copy(update={"written": written.get(field.path, "")})
        for key in ROOT.keys
        if key not in TOLD | HELD_AGAINST and (slot := ROOT.below(key)) is not None
        for field in _fields(slot, getattr(loaded.scenario, key), key)
    ]


def _fields(slot: Slot, value: Any, path: str) -> Iterator[FormField]:
    if slot.is_quantity:
        yield _number(slot, value, path)
    elif slot.choices:
        told = "" if value is None else str(value)
        allowed = ", ".join(slot.choices)
        yield FormField(
            path=path, what=slot.description, kind="choice", value=told, allowed=allowed, choices=slot.choices
        )
    elif slot.kind is bool:
        told = "" if value is None else str(value).lower()
        yield FormField(path=path, what=slot.description, kind="switch", value=told, choices=("true", "false"))
    elif slot.kind in (int, float):
        kind: Literal["number", "whole number"] = "whole number" if slot.kind is int else "number"
        told = "" if value is None else f"{value:.15g}"
        yield FormField(path=path, what=slot.description, kind=kind, value=told, allowed=_range(slot))
    elif value is not None:
        yield from _inside(slot, value, path)


def _inside(slot: Slot, value: Any, path: str) -> Iterator[FormField]:
    """Yield the fields of a section, of sections with names, or of a list of sections."""
    parts: list[tuple[str, Slot | None, Any]] = []
    if slot.model and isinstance(value, BaseModel):
        parts = [(key, slot.below(key), getattr(value, key)) for key in slot.keys]
    elif slot.is_mapping and isinstance(value, Mapping):
        parts = [(str(name), slot.below(str(name)), inner) for name, inner in value.items()]
    elif slot.is_list and isinstance(value, Sequence) and all(isinstance(inner, BaseModel) for inner in value):
        parts = [(str(getattr(inner, "name", i)), slot.below(i), inner) for i, inner in enumerate(value)]
    for name, below, inner in parts:
        if below is not None and "." not in name:
            yield from _fields(below, inner, f"{path}.{name}")


def _number(slot: Slot, value: Quantity | None, path: str) -> FormField:
    bounds = slot.bounds
    unit, allowed = (bounds.unit, bounds.allowed) if bounds else ("", "")
    if value is None:
        return FormField(path=path, what=slot.description, kind="number", value="", unit=unit, allowed=allowed)
    drawn = f"Uncertain: {value.distribution.describe()}. " if value.distribution else ""
    return FormField(
        path=path,
        what=slot.description,
        kind="number",
        value=f"{value.value:.15g}",
        unit=value.unit or unit,
        allowed=allowed,
        evidence=value.kind,
        source=value.source,
        note=f"{drawn}{value.note}".strip(),
    )


def _range(slot: Slot) -> str:
    if slot.low is None:
        return ""
    return f"at least {slot.low:,}" if slot.high is None else f"from {slot.low:,} to {slot.high:,}"
