"""Keys that a scenario file may have and that are gone once it is loaded: they say how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from threatsim.scenario.reading.files.extending import EXTENDS, WITHOUT
from threatsim.scenario.reading.files.likeness import LIKE
from threatsim.scenario.reading.files.merging import LIKENED
from threatsim.scenario.reading.files.population_file import FROM


class WrittenOnly(NamedTuple):
    """A key that only a file has: what may be written, its JSON Schema, and what it says."""

    kind: str
    schema: Mapping[str, Any]
    what: str


_LIKE_WHAT = (
    "Another {one}, of this file or of the scenario extended, that it is like: all of that one is taken over, and what "
    "is written here is laid over it."
)
_ONE: Final = {"payers": "payer", "providers": "group of providers"}

WRITTEN_ONLY: Final[dict[str, WrittenOnly]] = {
    EXTENDS: WrittenOnly(
        "text",
        {"type": "string"},
        "Another scenario, by file or name, of which this file says only what differs: sections key by key, payers by "
        "their name; a number, and the arms, whole.",
    ),
    WITHOUT: WrittenOnly(
        "list",
        {"type": "array", "items": {"type": "string"}},
        "Paths that are taken out of the scenario extended, such as tactics.rotation.",
    ),
    f"providers.{FROM}": WrittenOnly(
        "text",
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "description": "The file, beside the scenario."},
                        "services": {
                            "type": "object",
                            "description": "Specialty -> codes of the services that count; of one without, all do.",
                            "additionalProperties": {"type": "array", "items": {"type": ["string", "integer"]}},
                        },
                    },
                    "required": ["file"],
                    "additionalProperties": False,
                },
            ]
        },
        "A file of real providers, a row each, which says how many there are of each specialty and what each sees; "
        "`threatsim providers import` makes one. Count and volume_skew are then left out.",
    ),
    **{
        f"{section}.*.{LIKE}": WrittenOnly("text", {"type": "string"}, _LIKE_WHAT.format(one=_ONE[section]))
        for section in LIKENED
    },
}
"""Dotted path, with * for an item -> what the key is."""
