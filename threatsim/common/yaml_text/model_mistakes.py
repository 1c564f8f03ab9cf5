"""What does not fit a pydantic model in a YAML file: what stands there, what may, and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from threatsim.common.suggest import did_you_mean, nearest
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.common.yaml_text.value_words import (
    ENDS,
    EXPECTED,
    NAME_PATTERN,
    NAME_RULE,
    literals,
    shown,
    what_stands_there,
)

_DESCRIBED: Final = 8
"""Keys that a section lacks and that are described; more are named alone."""
_BOUNDS: Final = ("ge", "gt", "le", "lt")


def model_mistakes(errors: Sequence[ErrorDetails], document: Document, model: type[BaseModel]) -> list[Mistake]:
    """Return one mistake for every place that does not fit, and one for all keys that a section lacks.

    Args:
        errors: `ValidationError.errors()` of the document's data.
        document: that was validated.
        model: what it should fit.
    """
    return list(_mistakes(errors, document, model))


def _mistakes(errors: Sequence[ErrorDetails], document: Document, model: type[BaseModel]) -> Iterator[Mistake]:
    unknown = {error["loc"] for error in errors if error["type"] == "extra_forbidden"}
    lacking: dict[KeyPath, list[str]] = {}
    for error in errors:
        path = error["loc"]
        if error["type"] != "missing":
            yield _mistake(error, document, model)
        elif not nearest(path[-1], (str(other[-1]) for other in unknown if other[:-1] == path[:-1])):
            lacking.setdefault(path[:-1], []).append(str(path[-1]))  # a misspelt key is told already
    for section, keys in lacking.items():
        fields = _section(model, section)
        told = [f"{key}: {_about(fields[key])}" for key in keys[:_DESCRIBED] if key in fields]
        text = f"{_dotted(section) or 'the file'} lacks {', '.join(map(repr, keys))}"
        yield Mistake(text, document.spot(section).key, "\n".join(told))


def _mistake(error: ErrorDetails, document: Document, model: type[BaseModel]) -> Mistake:
    """Return what is wrong at a place: what stands there, what may, and the nearest name."""
    path, kind, found = error["loc"], error["type"], error["input"]
    where, spot = _dotted(path), document.spot(path)
    field = _section(model, path[:-1]).get(str(path[-1])) if path else None
    about = f"{path[-1]}: {_about(field)}" if field else ""
    if kind == "extra_forbidden":
        keys = _section(model, path[:-1])
        section = _dotted(path[:-1]) or "The file"
        hint = f"{did_you_mean(path[-1], keys)} {section} has: {', '.join(keys)}.".strip()
        return Mistake(f"unknown key '{where}'", spot.key, hint)
    if kind == "literal_error":
        allowed = literals(error)
        text = f"{where} is {shown(found)}; allowed: {', '.join(allowed)}"
        return Mistake(text, spot.value, did_you_mean(found, allowed))
    if kind in EXPECTED:
        return Mistake(f"{where} needs {EXPECTED[kind]}, but {what_stands_there(found)}", spot.value, about)
    if kind in {"greater_than_equal", "less_than_equal", "less_than", "greater_than"}:
        allowed_range = _range(field) or " and ".join(f"{ENDS[end]} {limit:,g}" for end, limit in error["ctx"].items())
        return Mistake(f"{where} is {shown(found)}; allowed is {allowed_range}", spot.value, about)
    if kind == "value_error":
        text = str(error["ctx"]["error"])
        return Mistake(f"{where}: {text}" if where else text, spot.value)
    if kind == "string_pattern_mismatch" and error["ctx"]["pattern"] == NAME_PATTERN:
        return Mistake(f"{where} is {shown(found)}: {NAME_RULE}", spot.value, about)
    text = f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    return Mistake(f"{where} is {shown(found)}: {text}", spot.value, about)


def _about(field: FieldInfo) -> str:
    """Return what a key is for, and what may stand there."""
    said = (field.description or "").rstrip(".")
    choices = [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
    allowed = ", ".join(choices) or _range(field)
    if not said or not allowed:
        return f"{said}." if said else allowed
    return f"{said} ({allowed})."


def _range(field: FieldInfo | None) -> str:
    """Return the range of a number, as its field has it."""
    held = {
        end: getattr(item, end) for item in (field.metadata if field else ()) for end in _BOUNDS if hasattr(item, end)
    }
    if held.keys() == {"ge", "le"}:
        return f"from {held['ge']:,g} to {held['le']:,g}"
    return " and ".join(f"{ENDS[end]} {limit:,g}" for end, limit in held.items() if limit is not None)


def _section(model: type[BaseModel], path: KeyPath) -> dict[str, FieldInfo]:
    """Return the fields that the section at a path has; none where it is no section of its own."""
    for key in path:
        field = model.model_fields.get(str(key))
        kinds: list[Any] = [] if field is None else [field.annotation, *get_args(field.annotation)]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if isinstance(key, int):
            continue
        if not sections:
            return {}
        model = sections[0]
    return dict(model.model_fields)


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path)
