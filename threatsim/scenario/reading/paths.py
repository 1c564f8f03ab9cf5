"""Dotted paths into a scenario: what stands at a path, which values a path with * names, and setting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from threatsim.catalogue.names import NameOf
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.schema import FILLED, HELD_AGAINST, REPEATED, TOLD, Scenario
from threatsim.scenario.sections.quantity import Bounds, Quantity

# An arm changes policy, not what the run is: these stay as they are in every arm.
SAME_IN_ALL_ARMS = TOLD | HELD_AGAINST | REPEATED | FILLED | {"weeks", "seed", "cases"}


class PathError(ValueError):
    """A dotted path that leads nowhere; the message says which part of it and what is there instead."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True)
class Slot:
    """What the schema allows at a path.

    Attributes:
        kind: the type there, without Annotated and without None.
        bounds: the range, if it is a quantity.
        low, high: the range, if it is a plain number.
        description: the description of the field, or empty.
        names: the names of the catalogue that it may have, if it is one of those.
    """

    kind: Any
    bounds: Bounds | None = None
    low: float | None = None
    high: float | None = None
    description: str = ""
    names: NameOf | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """What it may be, if it is one of a few; a plug-in's names are among them."""
        if get_origin(self.kind) is Literal:
            return tuple(map(str, get_args(self.kind)))
        return tuple(self.names.names()) if self.names else ()

    @property
    def model(self) -> type[BaseModel] | None:
        """The section there, if it is one."""
        return self.kind if isinstance(self.kind, type) and issubclass(self.kind, BaseModel) else None

    @property
    def is_quantity(self) -> bool:
        """Whether it is a number with unit, source and kind."""
        return self.model is Quantity

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return get_origin(self.kind) is tuple

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping with names of one's own choice."""
        return get_origin(self.kind) is dict

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the section there; empty if it is none."""
        return tuple(self.model.model_fields) if self.model else ()

    def below(self, part: str | int) -> Slot | None:
        """Return what the schema allows one step further down, or None if nothing."""
        if self.model:
            info = self.model.model_fields.get(str(part))
            return _slot_of_field(info) if info else None
        arguments = get_args(self.kind)
        if self.is_mapping:
            return _slot(arguments[1])
        if self.is_list and isinstance(part, int):
            return _slot(arguments[0])
        return None


ROOT = Slot(Scenario)


def slot_at(path: KeyPath, root: Slot = ROOT) -> Slot | None:
    """Return what the schema allows at a path of keys and list indices, or None if there is no such place."""
    slot: Slot | None = root
    for part in path:
        slot = slot.below(part) if slot else None
    return slot


@cache
def homes() -> dict[str, str]:
    """Return key -> the section it belongs in, to say where a misplaced one goes."""
    homes: dict[str, str] = {}

    def walk(slot: Slot, name: str) -> None:
        for key in slot.keys:
            homes.setdefault(key, name or "the scenario itself")
            below = slot.below(key)
            inner = below.below(0 if below.is_list else "*") if below and not below.model else below
            if inner and inner.model and not inner.is_quantity:
                walk(inner, f"{name}.{key}".lstrip(".") + ("" if inner is below else ".*"))

    walk(ROOT, "")
    return homes


def dotted(path: KeyPath, data: Any) -> str:
    """Return a path as an analyst writes it, with the name of a list item instead of its index where it has one."""
    parts = []
    for part in path:
        data = child(data, part)
        name = data.get("name") if isinstance(part, int) and isinstance(data, Mapping) else None
        parts.append(name if isinstance(name, str) else str(part))
    return ".".join(parts)


def expand(pattern: str, data: Mapping[str, Any]) -> list[KeyPath]:
    """Return the paths that a dotted path names in a scenario.

    Args:
        pattern: keys, indices or names of list items, with dots between; `*` is each of a list or mapping.
        data: the scenario as plain data.

    Raises:
        PathError: a part is not there, or there is nothing below it.
    """
    found: list[tuple[KeyPath, Slot, Any]] = [((), ROOT, data)]
    parts = pattern.split(".")
    for index, part in enumerate(parts):
        if part == "value" and index == len(parts) - 1 and all(slot.is_quantity for _, slot, _ in found):
            break
        found = [step for path, slot, value in found for step in _steps(part, path, slot, value, data)]
    return [path for path, _, _ in found]


def with_value(data: Mapping[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    """Return a scenario's plain data with `value` at `path`; what is given stays as it is, and is shared off the path.

    A bare number set in place of a sourced one keeps its unit and loses its source: it is assumed.
    """
    result = dict(data)
    holder: Any = result
    for part, following in pairwise(path):
        needed = list if isinstance(following, int) else dict
        there = child(holder, part)
        holder[part] = needed(there) if isinstance(there, needed) else needed()
        holder = holder[part]
    slot = slot_at(path)
    if slot and slot.is_quantity:
        value = keeping_unit(value, child(holder, path[-1]))
    holder[path[-1]] = deepcopy(value)
    return result


def keeping_unit(value: Any, former: Any) -> Any:
    """Return a new number in place of a former one, with its unit unless it has one or is a shared parameter."""
    unit = former.get("unit") if isinstance(former, Mapping) else None
    if not isinstance(unit, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"value": value, "unit": unit}
    return {"unit": unit, **value} if isinstance(value, Mapping) and "parameter" not in value else value


def _steps(
    part: str, path: KeyPath, slot: Slot, value: Any, data: Mapping[str, Any]
) -> list[tuple[KeyPath, Slot, Any]]:
    here = dotted(path, data) or "the scenario"
    if slot.is_quantity:
        raise PathError(
            f"'{here}' is a number, so nothing can be set inside it ('{part}')",
            "Set the number itself, bare or as {value: ..., unit: ..., source: ..., kind: ...}.",
        )
    if slot.model:
        names: Sequence[str] = slot.keys
        chosen: list[str | int] = [part] if part in names else []
    elif slot.is_mapping:
        names = [str(name) for name in value] if isinstance(value, Mapping) else []
        chosen = list(names) if part == "*" else [part] if part in names else []
    elif slot.is_list and isinstance(value, list):
        names = _item_names(value)
        chosen = list(range(len(value))) if part == "*" else [i for i, name in enumerate(names) if name == part]
        if not chosen and part.isascii() and part.isdigit() and int(part) < len(value):
            chosen = [int(part)]
    else:
        raise PathError(f"'{here}' has nothing inside it, so there is no '{part}' to set")
    if not chosen:
        allowed = ", ".join(names)
        hint = did_you_mean(part, names) if part != "*" else "Name the key; * stands for list items or names."
        items = slot.below(0 if slot.is_list else "*") if slot.is_list or slot.is_mapping else None
        if items and part in items.keys:
            hint = f"Write {here}.*.{part} for every one, or {here}.{names[0]}.{part}." if names else hint
        if not hint and not path and part in homes():
            raise PathError(f"there is no '{part}' in {here}", f"There is {homes()[part]}.{part}.")
        raise PathError(f"there is no '{part}' in {here}; it has {allowed or 'nothing'}", hint)
    below = [((*path, step), slot.below(step), child(value, step)) for step in chosen]
    return [(child, inner, content) for child, inner, content in below if inner]


def _item_names(items: list[Any]) -> list[str]:
    """Return the names of list items, or their indices where they have none."""
    names = (item.get("name") if isinstance(item, Mapping) else None for item in items)
    return [name if isinstance(name, str) else str(index) for index, name in enumerate(names)]


def child(value: Any, part: str | int) -> Any:
    """Return what stands one step further down in plain data, or None."""
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, (list, tuple)) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return None


def at(data: Any, path: KeyPath) -> Any:
    """Return what stands at a path in plain data, or None."""
    for part in path:
        data = child(data, part)
    return data


def _slot_of_field(info: FieldInfo) -> Slot:
    return _slot(info.annotation, tuple(info.metadata), info.description or "")


def _slot(annotation: Any, metadata: tuple[Any, ...] = (), description: str = "") -> Slot:
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *further = get_args(annotation)
            metadata = (*metadata, *further)
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(member for member in get_args(annotation) if member is not NoneType)
        else:
            break
    inner = [item for entry in metadata for item in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]
    return Slot(
        annotation,
        bounds=next((item for item in inner if isinstance(item, Bounds)), None),
        low=next((item.ge for item in inner if getattr(item, "ge", None) is not None), None),
        high=next((limit for limit in map(_upper, inner) if limit is not None), None),
        description=description,
        names=next((item for item in inner if isinstance(item, NameOf)), None),
    )


def _upper(item: Any) -> float | None:
    """Return the upper end of a range; a whole number below n is at most n - 1."""
    at_most, below = getattr(item, "le", None), getattr(item, "lt", None)
    return at_most if at_most is not None else below - 1 if below is not None else None
