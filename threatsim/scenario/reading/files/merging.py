"""What a file says laid over what it extends: sections key by key, payers by their name, everything else whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from threatsim.common.suggest import nearest
from threatsim.common.yaml_text.document import Document, Spot
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.scenario.reading.paths import Slot, keeping_unit
from threatsim.scenario.sections.quantity import is_written_out

LIKENED: Final = ("payers", "providers")
"""Sections whose items may say that they are like another of them."""


class _Paths:
    """Paths by the path above them, so that those within one are found without a look at all others."""

    def __init__(self, paths: Iterable[KeyPath]) -> None:
        self.directly_below: dict[KeyPath, dict[KeyPath, None]] = {}
        for path in paths:
            self.add(path)

    def add(self, path: KeyPath) -> None:
        """Add a path, and those above it."""
        while path and path not in self.directly_below.setdefault(path[:-1], {}):
            self.directly_below[path[:-1]][path] = None
            path = path[:-1]

    def within(self, path: KeyPath) -> Iterator[KeyPath]:
        """Yield a path and all within it, each before those within it."""
        yield path
        for inner in self.directly_below.get(path, ()):
            yield from self.within(inner)

    def taken(self, path: KeyPath) -> list[KeyPath]:
        """Return a path and all within it, and forget those within it."""
        found = list(self.within(path))
        for at in found:
            self.directly_below.pop(at, None)
        return found


class Merge:
    """Lays a document's own data over what it extends; `data` and `spots` are changed in place.

    Args:
        document: that is laid over it.
        data: what it is laid over.
        spots: where that was written.
        whole: paths in the document of items that take the place of their namesakes whole.

    Attributes:
        problems: names that nothing has, and what they follow from is only that they are misspelt.
        replaced: path of a number -> what stood there before.
        unfinished: paths of what the document could not finish, where it now stands.
    """

    def __init__(
        self,
        document: Document,
        data: dict[str, Any],
        spots: dict[KeyPath, Spot],
        whole: Collection[KeyPath] = (),
    ) -> None:
        self.document, self.data, self.spots, self.whole = document, data, spots, whole
        self.below, self.written = _Paths(spots), _Paths(document.spots)
        self.problems: list[Mistake] = []
        self.replaced: dict[KeyPath, Any] = {}
        self.unfinished: set[KeyPath] = set(document.unfinished)

    def section(self, path: KeyPath, source: KeyPath, own: Mapping[str, Any], slot: Slot | None) -> None:
        """Lay `own`, written at `source` in the document, over the section at `path`."""
        here = self.at(path)
        named = slot is not None and slot.is_mapping
        names = list(here)
        for key, value in own.items():
            below = slot.below(key) if slot else None
            at = self.meant((*source, key), value, key, names, below) if named else key
            merged = self.value((*path, at), (*source, key), value, here.get(at), below)
            if merged is not None:
                here[at] = merged[0]

    def value(self, path: KeyPath, source: KeyPath, own: Any, former: Any, slot: Slot | None) -> tuple[Any] | None:
        """Return what stands at `path` now, or None if it was changed in place."""
        number = slot is not None and slot.is_quantity
        whole = number or source in self.whole or _has_one_key(slot)
        whole = whole or any(_is_short(found, slot) for found in (own, former))
        if isinstance(own, dict) and isinstance(former, dict) and not whole:
            self.spots[path] = self.document.spot(source)
            self.section(path, source, own, slot)
            return None
        if path == ("payers",) and isinstance(own, list) and isinstance(former, list):
            self.items(path, source, own, former, slot)
            return None
        self.moved(path, source)
        if former is not None:
            self.replaced[path] = self.replaced.get(path, former)
        return (keeping_unit(own, former) if number else deepcopy(own),)

    def items(self, path: KeyPath, source: KeyPath, own: list[Any], former: list[Any], slot: Slot | None) -> None:
        """Lay named items over those of the same name; others are added at the end."""
        self.spots[path] = self.document.spot(source)
        names = [item.get("name") if isinstance(item, dict) else None for item in former]
        self.unfinished = {found for found in self.unfinished if found[: len(source)] != source}
        for index, item in enumerate(own):
            at, below = (*source, index), slot.below(index) if slot else None
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str):
                name = self.meant(at, item, name, names, below)
            position = names.index(name) if isinstance(name, str) and name in names else len(former)
            if at in self.document.unfinished:
                self.unfinished.add((*path, position))
            if position < len(former):
                if at in self.whole:
                    former[position] = deepcopy(item)
                    self.moved((*path, position), at)
                else:
                    self.spots[*path, position] = self.document.spot(at)
                    self.section((*path, position), at, {**item, "name": name}, below)
            else:
                former.append(deepcopy(item))
                self.moved((*path, position), at)

    def meant(self, source: KeyPath, item: Any, name: Any, names: Iterable[Any], slot: Slot | None) -> Any:
        """Return the name of the item that one of a new name is meant for, if it is misspelt and not one of its own.

        One of its own has all that such an item needs; one that lacks something of it and has nearly the name of
        another is that one misspelt, which is a problem; what else would follow from it is none.
        """
        known = [other for other in names if isinstance(other, str)]
        if slot is None or slot.model is None or slot.is_quantity or name in known or not isinstance(item, dict):
            return name
        needed = [key for key, field in slot.model.model_fields.items() if field.is_required()]
        close = nearest(name, known)
        if close is None or all(key in item for key in needed):
            return name
        place = self.document.spot((*source, "name") if isinstance(source[-1], int) else source)
        text = f"there is no '{name}' in {source[0]} of the scenario extended, which has {', '.join(known)}"
        hint = f"Did you mean '{close}'? A new one needs {', '.join(needed)}"
        self.problems.append(
            Mistake(
                text,
                place.value if isinstance(source[-1], int) else place.key,
                f"{hint}, or like: {close} with what differs." if source[0] in LIKENED else f"{hint}.",
            )
        )
        return close

    def moved(self, path: KeyPath, source: KeyPath) -> None:
        """Take over the places of `source` for `path`, where what the document wrote there now stands."""
        for at in self.below.taken(path):
            self.spots.pop(at, None)
        for at in self.written.within(source):
            if at in self.document.spots:
                here = (*path, *at[len(source) :])
                self.spots[here] = self.document.spots[at]
                self.below.add(here)

    def at(self, path: KeyPath) -> dict[str, Any]:
        """Return the section at a path, or an empty one."""
        found: Any = self.data
        for part in path:
            found = found[part]
        return found if isinstance(found, dict) else {}


def _has_one_key(slot: Slot | None) -> bool:
    """Return whether what stands there has one of its keys alone, as an operating point."""
    return slot is not None and slot.model is not None and getattr(slot.model, "ONE_OF_ITS_KEYS", False)


def _is_short(found: Any, slot: Slot | None) -> bool:
    """Return whether one number with its source is written where a section of several may be."""
    if slot is None or slot.model is None or slot.is_quantity or not is_written_out(found):
        return False
    return not found.keys() & set(slot.keys)
