"""The scenario schema as JSON Schema, for editors that complete and check YAML while one writes."""

from __future__ import annotations

import json
from typing import Any, Final

from threatsim.catalogue.distributions import FAMILIES
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.yaml_text.value_words import NAME_PATTERN
from threatsim.scenario.authoring.describe import all_paths, describe
from threatsim.scenario.authoring.written_only import WRITTEN_ONLY
from threatsim.scenario.reading.files.extending import EXTENDS
from threatsim.scenario.reading.files.likeness import LIKE
from threatsim.scenario.reading.files.population_file import FROM
from threatsim.scenario.reading.paths import SAME_IN_ALL_ARMS
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS
from threatsim.scenario.rules.classifier_rules import CLASSIFIER_PATH
from threatsim.scenario.schema import FILLED, Scenario

SCHEMA_FILE = "scenario.schema.json"
"""The file that scenarios name in their first line, beside them."""
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"
_LIKENED: Final = {"payers.*": "Payer", "providers.*": "ProviderGroup"}
"""Items that may say which other one they are like -> the definition of one."""


def json_schema() -> dict[str, Any]:
    """Return JSON Schema (draft 2020-12) of a scenario file; fields have descriptions, units and ranges.

    In a file that extends another nothing is required but what it changes, nor in an item that is like another. What
    lies between sections (the payers' shares sum to 1, an arm's path exists) is beyond JSON Schema and is checked when
    a file is loaded; names that an editor can complete (paths of an arm, figures, scenarios) are offered and not
    demanded.
    """
    whole = Scenario.model_json_schema()
    definitions = whole.pop("$defs") | {"Scenario": whole}
    for key in FILLED:
        whole["properties"].pop(key)
    for name in ("Population", "Practices", "ListedExclusion"):
        definitions.pop(name)
    _written_only(definitions)
    written_out = whole["properties"]["arms"]["items"]
    whole["properties"]["arms"]["items"] = {"anyOf": [{"enum": list(STANDARD_ARMS)}, written_out]}
    _offered(definitions)
    for model in definitions.values():
        for key, field in model.get("properties", {}).items():
            _titled(key, field)
    # A number written in full would be told of as any number, and not as the one it is, did it say what numbers are.
    for told in ("title", "description"):
        definitions["Quantity"].pop(told, None)
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
_WHOLE = {"Quantity", *(family.__name__ for family in FAMILIES.values()), "Arm", "RelativeValue"}


def _written_only(definitions: dict[str, Any]) -> None:
    """Add the keys that only files have, and let an item that is like another leave out what that one says."""
    properties = definitions["Scenario"]["properties"]
    for path, written in WRITTEN_ONLY.items():
        section, _, key = path.rpartition(".")
        model = properties[section] if section in properties else definitions[_LIKENED.get(section, "Scenario")]
        model.setdefault("properties", {})[key] = {**written.schema, "description": written.what}
    items = {"payers": properties["payers"], "providers": properties["providers"]["patternProperties"]}
    for section, holder in items.items():
        key, name = ("items" if section == "payers" else NAME_PATTERN), _LIKENED[f"{section}.*"]
        holder[key] = {
            "if": {"required": [LIKE]},
            "then": {"$ref": f"#/$defs/Part{name}"},
            "else": {"$ref": f"#/$defs/{name}"},
        }
    # A file that fills the groups says part of what each needs.
    groups = properties["providers"]["patternProperties"]
    named = NAME_PATTERN.replace("^", f"^(?!{FROM}$)", 1)
    written_out = groups.pop(NAME_PATTERN)
    groups[named] = {}
    properties["providers"] |= {
        "if": {"required": [FROM]},
        "then": {"patternProperties": {named: {"$ref": "#/$defs/PartProviderGroup"}}},
        "else": {"patternProperties": {named: written_out}},
    }


def _offered(definitions: dict[str, Any]) -> None:
    """Add the names that an editor completes: scenarios to extend, paths of an arm, figures to expect."""
    scenario = definitions["Scenario"]["properties"]
    scenario[EXTENDS] |= {"anyOf": [{"enum": list(scenario_names())}, {"type": "string"}]}
    scenario[EXTENDS].pop("type")
    left_out = {*WRITTEN_ONLY, CLASSIFIER_PATH}
    paths = [path for path in all_paths() if path.split(".")[0] not in SAME_IN_ALL_ARMS and path not in left_out]
    told = {path: describe(path) for path in paths}
    changes = definitions["Arm"]["properties"]["set"]
    definitions["RelativeValue"], _ = changes["additionalProperties"]["anyOf"]
    changes["additionalProperties"] = True
    changes["properties"] = {
        path: {
            "title": path,
            "description": _with_range(one.what, one.unit, one.allowed),
            "anyOf": [{"$ref": "#/$defs/RelativeValue"}, {}],
        }
        for path, one in told.items()
        if one.kind != "section with names of your own"
    }
    text = scenario["expect"]["additionalProperties"]
    scenario["expect"]["properties"] = {
        name: {**text, "title": row.title, "description": row.text} for name, row in ARM_METRICS.items()
    }


def _with_range(what: str, unit: str, allowed: str) -> str:
    """Return a description with the unit and the range of the number, where it is one."""
    measured = f"In {unit}; {allowed}." if unit else f"{allowed[:1].upper()}{allowed[1:]}." if allowed else ""
    return f"{what} {measured}".strip()


def _titled(key: str, field: dict[str, Any]) -> None:
    """Say beside the forms that a number may be written in what it is, with unit and range, and in none of them.

    An editor's hover shows the text of the form that fits and, only if that has none, the text beside the forms
    (yaml-language-server #952): so it says what this number is, and not what any number is.
    """
    forms = field.get("anyOf")
    if not isinstance(forms, list):
        return
    number = next((form for form in (field, *forms) if "x-unit" in form), None)
    if number is not None:
        field["title"] = field.get("title") or key.replace("_", " ").capitalize()
        field["description"] = _with_range(field.get("description", ""), number["x-unit"], number["x-allowed"])


def _partial(model: Any) -> Any:
    """Return a section of which any part may be left out."""
    if isinstance(model, dict):
        kept = {
            key: _partial(value) for key, value in model.items() if key != "required" or not isinstance(value, list)
        }
        reference = kept.get("$ref")
        name = reference.rsplit("/", 1)[-1] if isinstance(reference, str) else ""
        if name and name not in _WHOLE and not name.startswith("Part"):
            kept["$ref"] = f"#/$defs/Part{name}"
        if kept.get("type") == "array":
            kept.pop("minItems", None)
        return kept
    return [_partial(item) for item in model] if isinstance(model, list) else model
