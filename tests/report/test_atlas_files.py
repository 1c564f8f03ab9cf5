"""The ATLAS files against the published layouts, and what is overwritten.

The two schemas below say, in words of their own, the rules of atlas_contribution_schema.json (mitre-atlas/atlas-data,
version 1.0.0) for a case study, and of LAYERFORMATv4_3.md (mitre-attack/attack-navigator) for a layer, in the domain
that mitre-atlas/atlas-navigator-data uses.
"""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from rich.console import Console
from ruamel.yaml import YAML

from threatsim.catalogue.atlas_ids import TACTICS, TECHNIQUES
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.atlas.exercise import Exercise, Step, exercise_of
from threatsim.report.atlas_files import IncidentDate, case_study, layer, write_files
from threatsim.report.terminal.atlas_table import print_exercise
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.sections.atlas_section import AtlasReference

TODAY = datetime.date(2020, 2, 29)
WHEN = IncidentDate.read("2020-02-29", TODAY)
TEXT = {"type": "string"}
TECHNIQUE_ID = {"type": "string", "pattern": r"^(?:[A-Z]+\d*\.)+T\d{4}(\.\d{3})?$"}
CASE_STUDY: dict[str, Any] = {
    "type": "object",
    "required": ["study"],
    "properties": {
        "meta": {"type": "object"},
        "study": {
            "type": "object",
            "required": ["name", "summary", "incident-date", "incident-date-granularity", "procedure"],
            "additionalProperties": False,
            "properties": {
                "name": TEXT,
                "summary": TEXT,
                "incident-date": {"type": "string", "format": "date"},
                "incident-date-granularity": {"enum": ["YEAR", "MONTH", "DATE"]},
                "procedure": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["tactic", "technique", "description"],
                        "additionalProperties": False,
                        "properties": {
                            "tactic": {"type": "string", "pattern": r"^(?:[A-Z]+\d*\.)+TA\d{4}$"},
                            "technique": TECHNIQUE_ID,
                            "description": TEXT,
                        },
                    },
                },
                "reporter": TEXT,
                "target": TEXT,
                "actor": TEXT,
                "case-study-type": {"enum": ["incident", "exercise"]},
                "references": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["title", "url"],
                        "additionalProperties": False,
                        "properties": {"title": {"type": ["string", "null"]}, "url": {"type": ["string", "null"]}},
                    },
                },
                "id": {"type": "string", "pattern": r"^(?:[A-Z]+\d*\.)+CS\d{4}$"},
                "object-type": {"const": "case-study"},
            },
            "if": {"properties": {"case-study-type": {"const": "incident"}}, "required": ["case-study-type"]},
            "then": {"required": ["reporter"]},
        },
    },
}
PAIR = {"type": "object", "required": ["name", "value"], "properties": {"name": TEXT, "value": TEXT}}
LINK = {"required": ["label", "url"], "properties": {"label": TEXT, "url": {"type": "string", "pattern": "^https://"}}}
COLOUR = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
LAYER: dict[str, Any] = {
    "type": "object",
    "required": ["name", "domain"],
    "additionalProperties": False,
    "properties": {
        "versions": {"required": ["navigator", "layer"], "properties": {"navigator": TEXT, "layer": {"const": "4.3"}}},
        "name": TEXT,
        "description": TEXT,
        "domain": {"const": "atlas-atlas"},
        "metadata": {"type": "array", "items": PAIR},
        "legendItems": {
            "type": "array",
            "items": {"required": ["label", "color"], "properties": {"label": TEXT, "color": COLOUR}},
        },
        "techniques": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["techniqueID"],
                "additionalProperties": False,
                "properties": {
                    "techniqueID": TECHNIQUE_ID,
                    "tactic": {"enum": [name.lower().replace(" ", "-") for name in TACTICS.values()]},
                    "comment": TEXT,
                    "color": COLOUR,
                    "showSubtechniques": {"type": "boolean"},
                    "links": {"type": "array", "items": LINK},
                },
            },
        },
    },
}


def read_study(text: str) -> dict[str, Any]:
    """The case study as JSON has it, once its date is known to be one for YAML."""
    data = YAML(typ="safe").load(text)
    assert isinstance(data["study"]["incident-date"], datetime.date)
    data["study"]["incident-date"] = data["study"]["incident-date"].isoformat()
    return dict(data)


def valid(data: Any, schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)
    errors = Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(data)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.fixture
def exercise() -> Exercise:
    return exercise_of(load_scenario("insurance_upcoding"))


@pytest.mark.parametrize("name", scenario_names())
def test_the_files_of_every_scenario_are_of_the_published_layouts(name: str) -> None:
    exercise = exercise_of(load_scenario(name))
    data = read_study(case_study(exercise, WHEN))
    valid(data, CASE_STUDY)
    assert data["study"]["case-study-type"] == "exercise"
    assert [step["technique"] for step in data["study"]["procedure"]] == [step.technique for step in exercise.steps]
    drawn = json.loads(layer(exercise))
    valid(drawn, LAYER)
    assert {cell["techniqueID"] for cell in drawn["techniques"] if "color" in cell} == {
        step.technique for step in exercise.steps
    }
    opened = {cell["techniqueID"] for cell in drawn["techniques"] if cell.get("showSubtechniques")}
    assert opened == {parent for step in exercise.steps if (parent := TECHNIQUES[step.technique].parent)}


def test_texts_come_back_as_they_were_said(exercise: Exercise) -> None:
    awkward = "It says: 'yes' # not a comment, \"no\", - é, 001, {a: b}, *x, &y, %, @; " * 5 + "\n\n a\tlong end."
    own = replace(
        exercise,
        title="yes",
        summary=awkward,
        actor="\x07 null: ~",
        reporter="1.0",
        references=(AtlasReference(title="A: source"),),
        steps=(*exercise.steps, Step("AML.T0015", "AML.TA0007", awkward, "author")),
    )
    data = read_study(case_study(own, WHEN))
    valid(data, CASE_STUDY)
    assert data["study"]["name"] == "yes"
    assert data["study"]["summary"] == " ".join(awkward.split())
    assert data["study"]["actor"] == "\x07 null: ~"
    assert data["study"]["reporter"] == "1.0"
    assert data["study"]["references"] == [{"title": "A: source", "url": None}]
    cells = [cell["tactic"] for cell in json.loads(layer(own))["techniques"] if cell["techniqueID"] == "AML.T0015"]
    assert cells == ["impact", "defense-evasion"]


def test_a_technique_that_is_used_and_opened_is_one_cell(exercise: Exercise) -> None:
    steps = (
        Step("AML.T0043", "AML.TA0001", "One.", "author"),
        Step("AML.T0043", "AML.TA0001", "Two.", "author"),
        Step("AML.T0043.001", "AML.TA0001", "Three.", "author"),
    )
    cells = json.loads(layer(replace(exercise, steps=steps)))["techniques"]
    assert [(cell["techniqueID"], cell.get("showSubtechniques"), cell["comment"]) for cell in cells] == [
        ("AML.T0043", True, "One. Two."),
        ("AML.T0043.001", None, "Three."),
    ]


@pytest.mark.parametrize(
    ("text", "day", "granularity"),
    [("2020-02-29", (2020, 2, 29), "DATE"), ("2021-03", (2021, 3, 1), "MONTH"), ("2022", (2022, 1, 1), "YEAR")],
)
def test_a_date_is_as_fine_as_it_is_written(text: str, day: tuple[int, int, int], granularity: str) -> None:
    when = IncidentDate.read(text, TODAY)
    assert (when.day, when.granularity, when.given) == (datetime.date(*day), granularity, True)
    assert IncidentDate.read(None, TODAY) == IncidentDate(TODAY, "DATE", given=False)


@pytest.mark.parametrize("text", ["", "yesterday", "2021-02-29", "2021-13", "20210101", "2021-1-1", "0000", "٢٠٢١"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ThreatsimError, match="YYYY-MM-DD"):
        IncidentDate.read(text, TODAY)


def test_the_bytes_depend_on_scenario_and_date_only(exercise: Exercise) -> None:
    again = exercise_of(load_scenario("insurance_upcoding"))
    assert case_study(exercise, WHEN) == case_study(again, WHEN)
    assert layer(exercise) == layer(again)
    assert case_study(exercise, WHEN) != case_study(exercise, IncidentDate.read("2020-03-01", TODAY))


def test_its_own_files_are_replaced_and_no_others(exercise: Exercise, tmp_path: Path) -> None:
    first = write_files(exercise, WHEN, tmp_path)
    later = IncidentDate.read("2021", TODAY)
    assert write_files(exercise, later, tmp_path) == first
    study, drawn = first
    assert "2021-01-01" in study.read_text(encoding="utf-8")

    edited = study.read_text(encoding="utf-8").replace("hypothetical: true", "hypothetical: false")
    study.write_text(edited, encoding="utf-8")
    with pytest.raises(ThreatsimError, match="edited since"):
        write_files(exercise, later, tmp_path)
    assert study.read_text(encoding="utf-8") == edited
    write_files(exercise, later, tmp_path, force=True)
    assert study.read_text(encoding="utf-8") == case_study(exercise, later)

    study.unlink()
    drawn.write_bytes(b"\xff not ours")
    with pytest.raises(ThreatsimError, match="did not write"):
        write_files(exercise, later, tmp_path)
    assert not study.exists(), "one refused, none written"


@pytest.mark.parametrize("width", [80, 109, 110, 132])
def test_the_table_fits_its_terminal_and_has_every_technique(exercise: Exercise, width: int) -> None:
    console = Console(width=width, file=io.StringIO(), record=True)
    print_exercise(exercise, WHEN, [Path("a.yaml")], console)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    assert {line.split()[0] for line in lines if line.startswith("AML.T")} == {s.technique for s in exercise.steps}
    assert "Written to a.yaml" in lines


def test_a_folder_that_cannot_be_written_is_one_error(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ThreatsimError, match="cannot be written"):
        write_files(exercise, WHEN, tmp_path / "file")
