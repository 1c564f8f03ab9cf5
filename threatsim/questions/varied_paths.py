"""Whether a path may take the values of a variation, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from threatsim.common.errors import InputError
from threatsim.questions.points import check_paths
from threatsim.questions.variation import OPTION, Variation
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import child, expand, slot_at


def fitted(loaded: LoadedScenario, variations: Sequence[Variation], option: str = OPTION) -> list[Variation]:
    """Return variations that fit their places: a range of a whole number has whole values.

    Raises:
        InputError: a path leads nowhere or cannot vary, or a range is of what is no number.
    """
    check_paths(loaded, [one.path for one in variations], option)
    return [_fitted(loaded, one, option) for one in variations]


def _fitted(loaded: LoadedScenario, variation: Variation, option: str) -> Variation:
    data = loaded.document.data
    slots = [slot_at(path) for path in expand(variation.path, data)]
    numbers = all(slot and (slot.is_quantity or slot.kind in (int, float)) for slot in slots)
    if not variation.choices and not numbers:
        raise InputError(
            f"'{variation.path}' is no number, so it has no range",
            given=variation.path,
            location=f"{option} {variation.path}",
            hint="List its values: PATH=a,b,c." if not any(slot and slot.model for slot in slots) else None,
        )
    whole = not variation.choices and all(slot and slot.kind is int for slot in slots)
    return replace(variation, whole=whole) if whole else variation


def stands_at(loaded: LoadedScenario, path: str) -> tuple[Any, str]:
    """Return what a scenario has at a path, None where its places differ, and the unit."""
    found = []
    for place in expand(path, loaded.document.data):
        value: Any = loaded.document.data
        for part in place:
            value = child(value, part)
        found.append(value)
    first = found[0]
    unit = str(first.get("unit", "")) if isinstance(first, Mapping) else ""
    plain = [one.get("value") if isinstance(one, Mapping) else one for one in found]
    return (plain[0] if all(one == plain[0] for one in plain) else None), unit
