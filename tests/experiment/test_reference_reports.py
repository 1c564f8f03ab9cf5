"""The reference reports: one for each scenario of the library as it stands there, whole and readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from threatsim.experiment.record.assembly import results_fingerprint
from threatsim.experiment.record.record_reading import read_record
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.schema import Scenario

FOLDER = Path(__file__).parents[2] / "reports" / "reference"
REBUILD = "write it anew: make reference"


def test_there_is_one_for_every_scenario_and_no_other() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(scenario_names()), REBUILD


@pytest.mark.parametrize("name", scenario_names())
def test_it_is_of_the_scenario_as_it_stands(name: str) -> None:
    record = read_record(FOLDER / name)
    # Read by today's schema: what it gained since is at its default. Which figure answers is in no figure itself.
    there = load_scenario(name).scenario
    assert Scenario.model_validate(record.scenario).model_copy(update={"answer": there.answer}) == there, REBUILD
    assert results_fingerprint(record) == record.results_fingerprint
    assert record.device == "cpu"


@pytest.mark.parametrize("name", scenario_names())
def test_its_expectations_held(name: str) -> None:
    record = read_record(FOLDER / name)
    assert [check.expected for check in record.expectations if not check.ok] == []


@pytest.mark.parametrize("name", scenario_names())
def test_summary_and_text_are_of_the_same_run(name: str) -> None:
    record = read_record(FOLDER / name)
    summary = (FOLDER / name / "summary.txt").read_text(encoding="utf-8")
    assert record.run_id in summary
    assert max(map(len, summary.splitlines())) <= 80
    text = (FOLDER / name / "report.md").read_text(encoding="utf-8")
    assert record.run_id in text
    shown = set(re.findall(r"\(charts/(\w+\.png)\)", text))
    assert shown == {path.name for path in (FOLDER / name / "charts").iterdir()}
    assert shown


@pytest.mark.parametrize("name", scenario_names())
def test_it_is_small_enough_to_be_kept_in_the_history(name: str) -> None:
    files = [path for path in (FOLDER / name).rglob("*") if path.is_file() and path.name != "report.html"]
    record = read_record(FOLDER / name)
    # Draws of uncertain numbers are half of a record that has them, and each arm adds to tables, charts and record.
    most = 850_000 if record.doubt else 600_000 if len(record.arms) < 8 else 680_000
    assert sum(path.stat().st_size for path in files) < most


def test_the_page_of_the_flagship_alone_is_kept() -> None:
    pages = list(FOLDER.glob("*/report.html"))
    assert [page.parent.name for page in pages] == ["insurance_upcoding"]
    assert read_record(pages[0].parent).run_id in pages[0].read_text(encoding="utf-8")
    assert pages[0].stat().st_size < 3_000_000
