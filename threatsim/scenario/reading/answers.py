"""What a scenario says is varied to answer its question, checked when the file is loaded."""

from __future__ import annotations

from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.scenario.reading.paths import PathError, at, expand, slot_at

_WRITTEN: KeyPath = ("answer", "break_even")


def answer_problems(document: Document) -> list[Mistake]:
    """Return what is wrong with the number that the answer varies: none at its path, or no values for it."""
    written = at(document.data, _WRITTEN)
    if not isinstance(written, str):
        return []
    place = document.spot(_WRITTEN).value
    path, equals, values = (part.strip() for part in written.partition("="))
    try:
        slots = [slot_at(target) for target in expand(path, document.data)]
    except PathError as error:
        return [Mistake(f"answer.break_even: {error}", place, error.hint)]
    if not all(slot is not None and (slot.is_quantity or slot.kind in (int, float)) for slot in slots):
        return [Mistake(f"answer.break_even: {path} is no number, so it cannot vary", place)]
    if not equals or not values:
        return [Mistake(f"answer.break_even needs values too: {path}=LOW:HIGH", place)]
    return []
