"""The JSON Schema: every field described, every range in it, and the library's files valid by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from threatsim.catalogue.plugins import without_plugins
from threatsim.common.library import library_folder
from threatsim.common.yaml_text.document import compose
from threatsim.scenario.authoring.schema_json import MODELINE, SCHEMA_FILE, json_schema, schema_text
from threatsim.scenario.reading.scenario_library import scenario_names

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
LIBRARY = library_folder("scenarios")


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner, model in schema["$defs"].items():
        for name, field in model.get("properties", {}).items():
            yield f"{owner}.{name}", field


def refused(text: str) -> list[str]:
    return ["/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(compose(text).data)]


def test_every_field_is_described() -> None:
    undescribed = [name for name, field in properties(SCHEMA) if not field.get("description")]
    assert undescribed == []


def test_it_is_a_json_schema_and_refuses_unknown_keys() -> None:
    Draft202012Validator.check_schema(json.loads(json.dumps(SCHEMA)))
    assert all(model["additionalProperties"] is False for model in SCHEMA["$defs"].values() if "properties" in model)


def test_a_number_may_be_bare_or_in_full_and_has_its_range_and_unit() -> None:
    prevalence = SCHEMA["$defs"]["Modality"]["properties"]["prevalence"]
    bare, full = prevalence["anyOf"]
    assert bare == {"type": "number", "minimum": 0, "maximum": 1}
    assert full["allOf"][1] == {"properties": {"value": {"minimum": 0, "maximum": 1}}}
    assert prevalence["x-unit"] == "share"
    assert prevalence["title"] == "Prevalence"
    assert prevalence["description"].endswith(". In share; from 0 to 1.")


def test_no_form_of_a_number_has_a_text_that_hides_which_number_it_is() -> None:
    assert not {"title", "description"} & set(SCHEMA["$defs"]["Quantity"])
    flagged = SCHEMA["$defs"]["Audit"]["properties"]["flagged"]
    number, nothing = flagged["anyOf"]
    assert nothing == {"type": "null"}
    assert not any({"title", "description"} & set(form) for form in (number, *number["anyOf"]))
    assert flagged["description"].endswith(" In share; from 0 to 1.")


def test_names_that_an_editor_completes() -> None:
    scenario = SCHEMA["$defs"]["Scenario"]["properties"]
    assert "insurance_upcoding" in scenario["extends"]["anyOf"][0]["enum"]
    assert "payer_loss" in scenario["expect"]["properties"]
    paths = SCHEMA["$defs"]["Arm"]["properties"]["set"]["properties"]
    assert "from 0 to 1" in paths["payers.*.audit.random"]["description"]
    assert not {path for path in paths if path.split(".")[0] in ("weeks", "arms", "extends")}


def test_the_file_beside_the_library_is_the_present_one() -> None:
    written = (LIBRARY / SCHEMA_FILE).read_text(encoding="utf-8")
    with without_plugins():
        fresh = schema_text()
    assert written == fresh, (
        "write it anew: THREATSIM_NO_PLUGINS=1 threatsim schema --out scenarios/scenario.schema.json"
    )


@pytest.mark.parametrize("name", scenario_names())
def test_library_scenarios_name_it_and_are_valid_by_it(name: str) -> None:
    text = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith(MODELINE + "\n")
    assert refused(text) == []


@pytest.mark.parametrize(
    ("written", "instead", "place"),
    [
        ("weeks: 4", "weeks: 0", "weeks"),
        ("weeks: 4\n", "", ""),
        ("prevalence: {value: 0.2", "prevalence: {value: 2", "modalities/fundoscopy/prevalence"),
        ("rule: best_response", "rule: bestresponse", "conduct/rule"),
        ("    count: 5\n", "", "providers/eye"),
        ("below: pend", "below: pend, above: pay", "payers/0/triage"),
        ("damages: 2", "damages: {unit: times}", "law/damages"),
        ("damages: 2", "damages: {normal: {mean: 2}}", "law/damages"),
    ],
)
def test_what_an_editor_marks(written: str, instead: str, place: str, small_text: str) -> None:
    assert refused(small_text) == []
    assert refused(small_text.replace(written, instead)) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "damages: {normal: {mean: 2, sd: 1}, unit: times}",
        "damages: {parameter: penalties.fca_damages}",
        "damages: {value: 2, unit: times, source: x, kind: measured, note: y}",
    ],
)
def test_every_form_of_a_number_is_valid(text: str, small_text: str) -> None:
    assert refused(small_text.replace("damages: 2", text)) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("extends: base.yaml\n", []),
        ("extends: base.yaml\nwithout: [law.tips]\nlaw: {damages: 3}\npayers: [{name: a, audit: {random: 0.1}}]\n", []),
        ("extends: base.yaml\nlaw: {damage: 3}\n", ["law"]),
        ("extends: base.yaml\npayers: [{name: a, audit: {random: 2}}]\n", ["payers/0/audit/random"]),
        ("extends: base.yaml\narms: [{name: a}]\n", ["arms/0"]),
        ("extends: base.yaml\npayers: [{name: a, like: b, share: 0.1}]\nproviders: {c: {like: d}}\n", []),
        ("extends: base.yaml\nproviders: {c: {like: 3}}\n", ["providers/c/like"]),
    ],
)
def test_a_file_that_extends_says_what_it_likes_but_says_it_right(text: str, places: list[str], tmp_path: Path) -> None:
    assert refused(text) == places
