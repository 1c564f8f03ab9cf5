"""`like`: a payer or a group of providers that is another one, but for what is written of it.

It is looked for in the same file first, with what the file changes of it, then in the scenario that the file extends,
as it was before `without` took anything out; so a scenario can put two payers of its own in the place of the one that
both are like.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.scenario.reading.files.merging import LIKENED, Merge
from threatsim.scenario.reading.paths import ROOT, slot_at

LIKE: Final = "like"
_ONE: Final = {"payers": "payer", "providers": "group of providers"}


def with_likeness(document: Document, base: Document | None) -> tuple[Document, frozenset[KeyPath]]:
    """Return the document with every item that is like another written out, and where these stand.

    Args:
        document: of one file; it stays as it is.
        base: of the scenario that it extends, if it extends one.
    """
    items = {path: item for path, item in _items(document).items() if LIKE in item}
    if not items:
        return document, frozenset()
    written_out = _Likeness(document, base)
    for path in items:
        written_out.item(path, ())
    return written_out.document, frozenset(written_out.whole)


def _items(document: Document | None) -> dict[KeyPath, Mapping[str, Any]]:
    """Return path -> item, of all payers and providers of a document that are sections."""
    found: dict[KeyPath, Mapping[str, Any]] = {}
    for section in LIKENED if document else ():
        held = document.data.get(section) if document else None
        pairs = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
        found |= {(section, key): item for key, item in pairs if isinstance(item, dict)}
    return found


def _name(path: KeyPath, item: Mapping[str, Any]) -> Any:
    return item.get("name") if isinstance(path[-1], int) else path[-1]


class _Likeness:
    """Writes items out, each once, what it is like before itself."""

    def __init__(self, document: Document, base: Document | None) -> None:
        self.document = replace(
            document, data=deepcopy(document.data), spots=dict(document.spots), problems=list(document.problems)
        )
        self.written, self.base = document, base
        self.whole: set[KeyPath] = set()

    def item(self, path: KeyPath, above: tuple[KeyPath, ...]) -> None:
        """Write out the item at a path; `above` are those that are like it."""
        own = _items(self.document)[path]
        if path in self.whole or (LIKE not in own and not self._in_base(path)):
            return
        self.whole.add(path)
        wanted, place = own.get(LIKE, _name(path, own)), self.written.spot((*path, LIKE)).value
        holder: Any = self.document.data[str(path[0])]
        key = path[1]
        holder[key] = {part: value for part, value in own.items() if part != LIKE}
        self.document.spots.pop((*path, LIKE), None)
        source = self._source(path, wanted)
        if source is None:
            names = self._names(path)
            text = f"there is no {_ONE[str(path[0])]} '{wanted}' to be like; there are {', '.join(names) or 'none'}"
            self._refuse(Mistake(text, place, did_you_mean(wanted, names)), path)
        elif source[0] is self.document and source[1] in (*above, path):
            self._refuse(Mistake(f"'{wanted}' is like this one in turn, so neither is anything", place), path)
        else:
            found, at = source
            if found is self.document:
                self.item(at, (*above, path))
            self._lay_over(found, at, path, holder[key])

    def _lay_over(self, source: Document, at: KeyPath, path: KeyPath, own: Mapping[str, Any]) -> None:
        """Put the item at `at` of `source` in the place of that at `path`, and what is written there over it."""
        spots = {found: spot for found, spot in self.document.spots.items() if found[: len(path)] != path}
        spots |= {(*path, *found[len(at) :]): spot for found, spot in source.spots.items() if found[: len(at)] == at}
        spots[path] = self.written.spot(path)
        holder: Any = self.document.data[str(path[0])]
        key = path[1]
        holder[key] = deepcopy(dict(_items(source)[at]))
        if isinstance(key, int):
            holder[key].pop("name", None)
        Merge(self.written, self.document.data, spots).section(path, path, own, slot_at(path, ROOT))
        self.document.spots = spots

    def _source(self, path: KeyPath, wanted: Any) -> tuple[Document, KeyPath] | None:
        for document in (self.document, self.base):
            for at, item in _items(document).items():
                itself = document is self.document and at == path
                if document and at[0] == path[0] and _name(at, item) == wanted and not (itself and self._in_base(path)):
                    return document, at
        return None

    def _in_base(self, path: KeyPath) -> bool:
        """Return whether the scenario extended has an item of the same name, which this one may be like."""
        name = _name(path, _items(self.written)[path])
        return any(at[0] == path[0] and _name(at, item) == name for at, item in _items(self.base).items())

    def _names(self, path: KeyPath) -> list[str]:
        found = [
            _name(at, item)
            for document in (self.document, self.base)
            for at, item in _items(document).items()
            if at[0] == path[0] and not (document is self.document and at == path)
        ]
        return list(dict.fromkeys(name for name in found if isinstance(name, str)))

    def _refuse(self, mistake: Mistake, path: KeyPath) -> None:
        self.document.problems.append(mistake)
        self.document.unfinished.add(path)
