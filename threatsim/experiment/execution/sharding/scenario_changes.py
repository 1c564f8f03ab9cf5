"""How a scenario differs from another, as plain data: what a plan of many points holds of each."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Change = list[Any]
"""A path, of keys and places, and the value there."""


def changes(base: Any, other: Any) -> list[Change]:
    """Return what must be set in plain data to make other data of it, in the same order of keys."""
    if isinstance(base, dict) and isinstance(other, dict) and list(base) == list(other):
        pairs = [(key, base[key], other[key]) for key in base]
    elif isinstance(base, list) and isinstance(other, list) and len(base) == len(other):
        pairs = [(place, *both) for place, both in enumerate(zip(base, other, strict=True))]
    else:
        # 1 and 1.0 and true are equal to Python, and are not the same.
        return [] if type(base) is type(other) and not isinstance(base, dict) and base == other else [[[], other]]
    return [[[key, *path], value] for key, one, two in pairs for path, value in changes(one, two)]


def changed(base: Any, made: list[Change]) -> Any:
    """Return plain data with changes made in it."""
    found = deepcopy(base)
    for path, value in made:
        if not path:
            return deepcopy(value)
        holder = found
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = deepcopy(value)
    return found
