"""The scenario schema as JSON Schema, for editors that complete and check YAML while one writes."""

from __future__ import annotations

from typing import Any

from threatsim.scenario.schema import Scenario


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file; fields have descriptions, numbers have ranges.

    What lies between sections (the payers' shares sum to 1, an arm's path exists) is beyond JSON Schema and
    is checked when a file is loaded.
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Scenario.model_json_schema()
