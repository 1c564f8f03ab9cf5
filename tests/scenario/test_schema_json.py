"""The JSON Schema: every field described, every range in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from threatsim.scenario.schema_json import json_schema


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner, model in {"Scenario": schema, **schema["$defs"]}.items():
        for name, field in model["properties"].items():
            yield f"{owner}.{name}", field


def test_every_field_is_described() -> None:
    undescribed = [name for name, field in properties(json_schema()) if not field.get("description")]
    assert undescribed == []


def test_it_is_json_and_refuses_unknown_keys() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["additionalProperties"] is False
    assert all(model["additionalProperties"] is False for model in schema["$defs"].values())


def test_a_number_may_be_bare_or_in_full_and_has_its_range_and_unit() -> None:
    prevalence = json_schema()["$defs"]["Modality"]["properties"]["prevalence"]
    bare, full = prevalence["anyOf"]
    assert bare == {"type": "number", "minimum": 0, "maximum": 1}
    assert full["allOf"][1] == {"properties": {"value": {"minimum": 0, "maximum": 1}}}
    assert prevalence["x-unit"] == "share"
