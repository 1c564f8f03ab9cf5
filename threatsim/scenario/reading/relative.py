"""Relative values: the number that `{times: 2}` means at a path, by what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from threatsim.catalogue.distributions import Distribution
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.paths import ROOT, PathError, Slot, child, dotted, slot_at
from threatsim.scenario.sections.quantity import Quantity
from threatsim.scenario.sections.relative_value import RELATIVE_KEYS, RelativeValue, is_relative, times_meant

_HINT = "A relative value is {times: 2} or {plus: 0.01}, in place of a number."


class RelativeError(PathError):
    """A relative value that means no number; `part` is its key that is to blame, or empty."""

    def __init__(self, text: str, hint: str = _HINT, part: str = "") -> None:
        super().__init__(text, hint)
        self.part = part


class _Former(NamedTuple):
    """The number that stands at a path, and what else is said of it."""

    number: float
    quantity: Quantity | None


def meant(value: Any, path: KeyPath, data: Mapping[str, Any]) -> Any:
    """Return what is to stand at a path: the value itself, or the number that it says by the one there.

    A number with a unit keeps it; it is `assumed`, its note says what it was made of, and its distribution goes along,
    so that in each draw it is that much of what was drawn.

    Args:
        value: what was written for the path.
        path: where it is to stand.
        data: the scenario as plain data, as it was before.

    Raises:
        RelativeError: there is no number, the value is not one of either kind, or what it means is not allowed there;
            or somebody wrote `2x`.
    """
    slot = slot_at(path)
    number_there = slot is not None and (slot.is_quantity or slot.kind in (int, float))
    if number_there and isinstance(value, str) and (times := times_meant(value)):
        text = f"{dotted(path, data)} is '{value}'; a number by the one that stands there is written {{times: {times}}}"
        raise RelativeError(text, "")
    if not is_relative(value) or slot is None or slot.is_mapping:
        return value
    here = dotted(path, data)
    relative = _read(value, here)
    former = _former(path, data, slot, here)
    number = relative.of(former.number)
    if slot.is_quantity:
        return _quantity(relative, former, number, slot, here)
    return int(number) if slot.kind is int and number.is_integer() else number


def _read(value: Mapping[str, Any], here: str) -> RelativeValue:
    try:
        return RelativeValue.model_validate(dict(value))
    except ValidationError as error:
        detail = error.errors()[0]
        part = str(detail["loc"][0]) if detail["loc"] else ""
        if detail["type"] == "extra_forbidden":
            known = ", ".join(RelativeValue.model_fields)
            hint = did_you_mean(part, RelativeValue.model_fields) or _HINT
            raise RelativeError(f"{here}: a relative value has no '{part}'; it has {known}", hint, part) from None
        if not part:
            raise RelativeError(f"{here}: write either {' or '.join(RELATIVE_KEYS)}, not both") from None
        expected = "at least 0" if detail["type"] == "greater_than_equal" else "a number"
        shown = f"'{detail['input']}'" if isinstance(detail["input"], str) else f"{detail['input']}"
        raise RelativeError(f"{here}: {part} is {shown}; it needs to be {expected}", part=part) from None


def _former(path: KeyPath, data: Mapping[str, Any], slot: Slot, here: str) -> _Former:
    found = _written(path, data)
    if slot.is_quantity and found is not None:
        try:
            quantity = Quantity.model_validate(found)
        except ValidationError:
            raise RelativeError(f"{here}: what stands there is no number yet that anything could be said by") from None
        return _Former(quantity.value, quantity)
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return _Former(found, None)
    what = "nothing stands there" if found is None else "what stands there is not a number"
    raise RelativeError(f"{here}: {what}, so nothing can be said by it")


def _written(path: KeyPath, data: Any) -> Any:
    """Return what stands at a path, or would by default; None if nothing."""
    slot: Slot | None = ROOT
    for part in path:
        there = child(data, part)
        if there is None and slot is not None and slot.model and str(part) in slot.model.model_fields:
            there = slot.model.model_fields[str(part)].get_default(call_default_factory=True, validated_data={})
            there = there.model_dump() if isinstance(there, BaseModel) else there if _is_plain(there) else None
        data, slot = there, slot.below(part) if slot else None
    return data


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float, str, tuple, dict))


def _quantity(relative: RelativeValue, former: _Former, number: float, slot: Slot, here: str) -> dict[str, Any]:
    quantity, bounds = former.quantity, slot.bounds
    assert quantity is not None
    said = relative.describe(former.number)
    if bounds and (number < bounds.low or (bounds.high is not None and number > bounds.high)):
        raise RelativeError(
            f"{here}: {said} is {number:g}; allowed is {bounds.allowed} ({bounds.unit})", "", relative.key
        )
    made = f"{said}, which is {quantity.kind}."
    result = {
        "value": number,
        "unit": quantity.unit or (bounds.unit if bounds else ""),
        "note": f"{made} {relative.note or quantity.note}".strip(),
    }
    if quantity.distribution and relative.times != 0:  # nothing is held for sure
        moved = _moved(relative, quantity.distribution, here)
        result[type(moved).__name__.lower()] = moved.model_dump()
    return result


def _moved(relative: RelativeValue, distribution: Distribution, here: str) -> Distribution:
    """Return the distribution that goes along with a number."""
    moved = relative.of_distribution(distribution)
    if moved is None:
        raise RelativeError(
            f"{here}: its distribution, {distribution.describe()}, cannot be kept with {relative.key}",
            "Write the number whole, with a distribution of its own.",
            relative.key,
        )
    return moved
