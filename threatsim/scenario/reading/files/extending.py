"""`extends`: a scenario that says only what differs from another one.

The file that is extended is read first, then `without` takes things out of it, then what the file itself says is laid
over it: sections key by key, payers by their name, everything else whole. A number is replaced whole, and the arms are:
a scenario that names arms names all of them. What a scenario expects (`expect`) is not taken over: it is stated
of that one; nor is what answers its question (`answer`) by a scenario that asks another.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from threatsim.common.yaml_text.document import Document, Spot
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.scenario.reading.files.likeness import with_likeness
from threatsim.scenario.reading.files.merging import Merge
from threatsim.scenario.reading.paths import ROOT, PathError, expand

EXTENDS, WITHOUT = "extends", "without"
_OF_ITSELF = "expect"
"""What a scenario says of its own run, and not of the runs of those that extend it."""
_QUESTION, _ANSWER = "question", "answer"
"""Which figure answers a question is not taken over by a scenario that asks another."""
MOST_FILES = 8


def extends_problem(document: Document, files_above: int) -> Mistake | None:
    """Return what is wrong with a document's `extends` and `without`, or None; with a fault it is read by itself.

    Args:
        document: as it was composed.
        files_above: how many files extend this one, one after the other.
    """
    if EXTENDS not in document.data:
        text = f"'{WITHOUT}' takes out of the scenario that a file extends; this one extends none"
        return Mistake(text, document.spot((WITHOUT,)).key) if WITHOUT in document.data else None
    extended, place = document.data[EXTENDS], document.spot((EXTENDS,)).value
    if not isinstance(extended, str) or not extended.strip():
        return Mistake("extends needs a file or the name of a scenario that comes with threatsim", place)
    if files_above >= MOST_FILES:
        return Mistake(f"more than {MOST_FILES} scenarios extend one another", place)
    return None


def by_itself(document: Document, problem: Mistake | None) -> Document:
    """Return the document with what it says itself alone, and with the problem, if there is one."""
    document, _ = with_likeness(document, None)
    return replace(document, data=_own(document), problems=[*document.problems, *([problem] if problem else [])])


def laid_over(base: Document, document: Document) -> Document:
    """Return the base without what `without` names, with the document's own laid over it; both stay as they are."""
    document, whole = with_likeness(document, base)
    problems = [*base.problems, *document.problems]
    data, spots, kept = _taken_out(base, document, problems)
    merge = Merge(document, data, spots, whole)
    merge.section((), (), _own(document), ROOT)
    spots[()] = document.spot(())
    parameters = {at: found for at, found in base.parameters.items() if at in spots}
    return replace(
        document,
        data=data,
        spots=spots,
        problems=[*problems, *merge.problems],
        cut=base.cut,
        parameters=parameters,
        unfinished=base.unfinished | merge.unfinished | kept,
        replaced=base.replaced | document.replaced | merge.replaced,
    )


def _own(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.data.items() if key not in (EXTENDS, WITHOUT)}


def _taken_out(
    base: Document, document: Document, problems: list[Mistake]
) -> tuple[dict[str, Any], dict[KeyPath, Spot], set[KeyPath]]:
    """Return the base's data and places without what it says of itself and what `without` names.

    The third of what is returned are the paths that `without` means and that lead nowhere.
    """
    data, spots = deepcopy(base.data), dict(base.spots)
    nowhere: set[KeyPath] = set()
    for key in (_OF_ITSELF, *([_ANSWER] if _QUESTION in document.data else [])):
        if _take(data, (key,)):
            spots = _spots_without(spots, (key,))
    named = document.data.get(WITHOUT, [])
    if not isinstance(named, list):
        text = f"{WITHOUT} needs a list of paths, as in [tactics.rotation, payers.private_plan]"
        problems.append(Mistake(text, document.spot((WITHOUT,)).value))
        return data, spots, nowhere
    for index, pattern in enumerate(named):
        place = document.spot((WITHOUT, index)).value
        if not isinstance(pattern, str):
            problems.append(Mistake(f"{WITHOUT} needs paths, as in tactics.rotation", place))
            continue
        try:
            found = expand(pattern, base.data)
        except PathError as error:
            nowhere.add(tuple(pattern.split(".")))
            problems.append(Mistake(f"{WITHOUT}: {error}", place, error.hint))
            continue
        there = [path for path in found if _take(data, path)]
        if not there:
            problems.append(Mistake(f"{WITHOUT}: {pattern} is not set in the scenario extended", place))
        for path in sorted(there, key=_place_in_list, reverse=True):
            spots = _spots_without(spots, path)
    _close_gaps(data)
    return data, spots, nowhere


_GONE: Any = object()


def _place_in_list(path: KeyPath) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _take(data: Any, path: KeyPath) -> bool:
    holder = data
    for part in path[:-1]:
        holder = holder[int(part)] if isinstance(holder, list) else holder.get(part)
        if not isinstance(holder, (dict, list)):
            return False
    if isinstance(holder, list) and isinstance(path[-1], int):
        holder[path[-1]] = _GONE  # closed up at the end, so that the places of the others stay
        return True
    return isinstance(holder, dict) and holder.pop(path[-1], _GONE) is not _GONE


def _close_gaps(data: Any) -> None:
    if isinstance(data, list):
        data[:] = [item for item in data if item is not _GONE]
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        _close_gaps(inner)


def _spots_without(spots: Mapping[KeyPath, Spot], path: KeyPath) -> dict[KeyPath, Spot]:
    """Return the places that are left; those of later items of a list move up by one."""
    depth = len(path)
    left: dict[KeyPath, Spot] = {}
    for at, spot in spots.items():
        if at[:depth] == path:
            continue
        part = at[depth - 1] if len(at) >= depth and at[: depth - 1] == path[:-1] else None
        if isinstance(part, int) and isinstance(path[-1], int) and part > path[-1]:
            at = (*at[: depth - 1], part - 1, *at[depth:])
        left[at] = spot
    return left
