"""What a place in a scenario is: description, unit, range, default, and what a scenario says there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined

from threatsim.common.errors import InputError
from threatsim.common.shell import quoted
from threatsim.common.suggest import nearest
from threatsim.scenario.authoring.written_only import WRITTEN_ONLY
from threatsim.scenario.reading.paths import ROOT, Slot
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.schema import FILLED, Scenario
from threatsim.scenario.sections.quantity import Quantity


class Described(BaseModel):
    """One key of a scenario."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="Dotted path, with * where a list item or a name of one's own stands.")
    what: str = Field(description="What it is.")
    kind: str = Field(description="What may be written: number, whole number, text, true or false, choices, ...")
    unit: str = Field(description="Unit, if it is a number with one.")
    allowed: str = Field(description="Range or choices, or empty.")
    default: str = Field(description="What holds where it is left out, or 'required'.")
    keys: tuple[str, ...] = Field(description="The keys inside it, if it is a section.")


class InLibrary(BaseModel):
    """What a scenario says at a place."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="Dotted path in the scenario.")
    number: Quantity = Field(description="The number with its unit, kind and source.")


def describe(path: str, scenario: Scenario | None = None) -> Described:
    """Return what a dotted path means; list items and names of one's own may be left out, named, numbered or `*`.

    Args:
        path: keys with dots between.
        scenario: whose items have the names that may be written; None takes any.

    Raises:
        InputError: there is no such place; the message has the nearest.
    """
    parts = [part for part in path.split(".") if part]
    if written := _written_only(parts):
        return written
    slot, info = ROOT, None
    at: tuple[str, ...] = ()
    named = False
    for part in parts:
        slot, at = _inside(slot, at)
        below = slot.below(part)
        if below is None:
            items = _item_names(scenario, at)
            if at and at[-1] == "*" and not named and (part == "*" or part.isdigit() or items is None or part in items):
                named = True
                continue
            raise _unknown(path, part, slot, at, items or ())
        named = False
        info = slot.model.model_fields[part] if slot.model else None
        slot, at = below, (*at, part)
    inner, _ = _inside(slot, at)
    return Described(
        path=".".join(at) or "(the scenario)",
        what=slot.description or (inner.model.__doc__ or "").split("\n")[0] if at else (Scenario.__doc__ or ""),
        kind=_kind(slot),
        unit=slot.bounds.unit if slot.bounds else "",
        allowed=_allowed(slot),
        default=_default(info) if info is not None else "",
        keys=() if slot.is_quantity else inner.keys,
    )


def in_scenario(scenario: Scenario, path: str) -> list[InLibrary]:
    """Return the numbers of a scenario at a place that `describe` has found."""
    wanted = [part for part in path.split(".") if part != "(the scenario)"]
    return [
        InLibrary(path=number.path, number=number.quantity)
        for number in sourced_numbers(scenario)
        if _matches(number.path.split("."), wanted)
    ]


def all_paths() -> list[str]:
    """Return every path of the schema, with * for items and names, and those of keys that only a file has."""
    return [*WRITTEN_ONLY, *_walk(ROOT, ())]


def _written_only(parts: Sequence[str]) -> Described | None:
    """Return what a key is that only a file has; its item may be left out or have any name."""
    for path, written in WRITTEN_ONLY.items():
        wanted = path.split(".")
        named = len(parts) == len(wanted) and all(
            part == want or want == "*" for part, want in zip(parts, wanted, strict=True)
        )
        if named or parts == [part for part in wanted if part != "*"]:
            return Described(
                path=path, what=written.what, kind=written.kind, unit="", allowed="", default="none: left out", keys=()
            )
    return None


def _walk(slot: Slot, at: tuple[str, ...]) -> Iterator[str]:
    inner, at = _inside(slot, at)
    if inner.is_quantity:
        return
    for key in inner.keys:
        if not at and key in FILLED:
            continue
        yield ".".join((*at, key))
        below = inner.below(key)
        if below is not None:
            yield from _walk(below, (*at, key))


def _inside(slot: Slot, at: tuple[str, ...]) -> tuple[Slot, tuple[str, ...]]:
    """Return the section that the items of a list or mapping are, or the slot itself."""
    if slot.is_list or slot.is_mapping:
        below = slot.below(0) if slot.is_list else slot.below("*")
        if below is not None and below.model is not None and not below.is_quantity:
            return below, (*at, "*")
    return slot, at


def _matches(path: Sequence[str], wanted: Sequence[str]) -> bool:
    return len(path) >= len(wanted) and all(want in ("*", part) for part, want in zip(path, wanted, strict=False))


def _item_names(scenario: Scenario | None, at: tuple[str, ...]) -> list[str] | None:
    """Return the names of the items at a place that ends in `*`; None where any name will do."""
    if scenario is None or not at or at[-1] != "*":
        return None
    here: list[Any] = [scenario.model_dump()]
    for part in at[:-1]:
        here = [below for one in here for below in (_items(one) if part == "*" else [one.get(part)]) if below]
    named = [one for holder in here if isinstance(holder, (list, tuple)) for one in holder if isinstance(one, dict)]
    keys = [key for holder in here if isinstance(holder, dict) for key in holder]
    return list(dict.fromkeys([*keys, *(str(one["name"]) for one in named if "name" in one)]))


def _items(holder: Any) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _unknown(path: str, part: str, slot: Slot, at: tuple[str, ...], items: Sequence[str]) -> InputError:
    here = ".".join(at) or "the scenario"
    close = nearest(part, (*slot.keys, *items))
    whole = difflib.get_close_matches(path, all_paths(), n=1, cutoff=0.5) if "." in path else []
    elsewhere = [known for known in all_paths() if known.split(".")[-1] == part]
    hint = (
        f"Did you mean '{close}'?"
        if close
        else f"There is {' and '.join(elsewhere[:3])}."
        if elsewhere
        else f"Did you mean {whole[0]}?"
        if whole
        else f"threatsim describe --search {quoted(part)} looks for the word in all that there is."
    )
    has = f"; it has {', '.join(slot.keys)}" if slot.keys else "; nothing stands inside it"
    has += f"; its names are {', '.join(items)}" if items else ""
    text = f"there is no '{part}' in {here}{has}"
    return InputError(text, given=part, allowed=(*slot.keys, *items), hint=hint, location=path)


def _kind(slot: Slot) -> str:
    if slot.is_quantity:
        return "number"
    if slot.model:
        return "section"
    if slot.is_list:
        return "list"
    if slot.is_mapping:
        return "section with names of your own"
    if slot.choices:
        return "one of a choice"
    return {int: "whole number", float: "number", bool: "true or false", str: "text"}.get(slot.kind, "any value")


def _allowed(slot: Slot) -> str:
    if slot.bounds:
        return slot.bounds.allowed
    if slot.choices:
        return ", ".join(slot.choices)
    if slot.low is not None:
        return f"at least {slot.low:,}" if slot.high is None else f"from {slot.low:,} to {slot.high:,}"
    return ""


def _default(info: Any) -> str:
    if info.is_required():
        return "required"
    value = info.default_factory() if info.default_factory else info.default
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "none: left out"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}"
    if isinstance(value, str):
        return value or "empty"
    if isinstance(value, Quantity):
        return f"{value.value:g}"
    if isinstance(value, BaseModel):
        return "a section of its defaults"
    return str(list(value)) if value else "empty"
