"""The scenario schema as JSON Schema, for editors that complete and check YAML while one writes."""

from __future__ import annotations

import json
from typing import Any

from threatsim.catalogue.distributions import FAMILIES
from threatsim.scenario.reading.extending import EXTENDS, WITHOUT
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS
from threatsim.scenario.schema import Scenario

SCHEMA_FILE = "scenario.schema.json"
"""The file that scenarios name in their first line, beside them."""
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"

AUTHORING: dict[str, dict[str, Any]] = {
    EXTENDS: {
        "type": "string",
        "description": "Another scenario, by file or name, of which this file says only what differs: sections key by "
        "key, payers by their name; a number, and the arms, whole.",
    },
    WITHOUT: {
        "type": "array",
        "items": {"type": "string"},
        "description": "Paths that are taken out of the scenario extended, such as tactics.rotation.",
    },
}
"""What a file may say that is gone once it is loaded."""


def json_schema() -> dict[str, Any]:
    """Return JSON Schema (draft 2020-12) of a scenario file; fields have descriptions, units and ranges.

    In a file that extends another nothing is required but what it changes. What lies between sections (the payers'
    shares sum to 1, an arm's path exists) is beyond JSON Schema and is checked when a file is loaded.
    """
    whole = Scenario.model_json_schema()
    whole["properties"] |= AUTHORING
    written_out = whole["properties"]["arms"]["items"]
    whole["properties"]["arms"]["items"] = {"anyOf": [{"enum": list(STANDARD_ARMS)}, written_out]}
    definitions = whole.pop("$defs") | {"Scenario": whole}
    partial = {f"Part{name}": _partial(model) for name, model in definitions.items() if name not in _WHOLE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "threatsim scenario",
        "type": "object",
        "if": {"required": [EXTENDS]},
        "then": {"$ref": "#/$defs/PartScenario"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": definitions | partial,
    }


def schema_text() -> str:
    """Return the JSON Schema as the file that lies beside scenarios."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


# A number and its distributions are written whole, so they have no partial form; nor has an arm, or an item of a list
# without a name.
_WHOLE = {"Quantity", *(family.__name__ for family in FAMILIES.values()), "Arm"}


def _partial(model: Any) -> Any:
    """Return a section of which any part may be left out."""
    if isinstance(model, dict):
        kept = {
            key: _partial(value) for key, value in model.items() if key != "required" or not isinstance(value, list)
        }
        reference = kept.get("$ref")
        if isinstance(reference, str) and (name := reference.rsplit("/", 1)[-1]) not in _WHOLE:
            kept["$ref"] = f"#/$defs/Part{name}"
        if kept.get("type") == "array":
            kept.pop("minItems", None)
        return kept
    return [_partial(item) for item in model] if isinstance(model, list) else model
