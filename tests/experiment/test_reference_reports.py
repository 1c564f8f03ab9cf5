"""The reference reports: one for each scenario of the library as it stands there, whole and readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.experiment.record.assembly import results_fingerprint
from threatsim.experiment.record.record_reading import read_record
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

FOLDER = Path(__file__).parents[2] / "reports" / "reference"
REBUILD = "write it anew: make reference"


def test_there_is_one_for_every_scenario_and_no_other() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(scenario_names()), REBUILD


@pytest.mark.parametrize("name", scenario_names())
def test_it_is_of_the_scenario_as_it_stands(name: str) -> None:
    record = read_record(FOLDER / name)
    assert record.scenario == load_scenario(name).scenario.model_dump(mode="json"), REBUILD
    assert results_fingerprint(record) == record.results_fingerprint
    assert record.device == "cpu"


@pytest.mark.parametrize("name", scenario_names())
def test_its_expectations_held(name: str) -> None:
    record = read_record(FOLDER / name)
    assert [check.expected for check in record.expectations if not check.ok] == []


@pytest.mark.parametrize("name", scenario_names())
def test_summary_and_page_are_of_the_same_run(name: str) -> None:
    record = read_record(FOLDER / name)
    summary = (FOLDER / name / "summary.txt").read_text(encoding="utf-8")
    page = FOLDER / name / "report.html"
    assert record.run_id in summary
    assert max(map(len, summary.splitlines())) <= 80
    assert record.run_id in page.read_text(encoding="utf-8")
    assert page.stat().st_size < 3_000_000
