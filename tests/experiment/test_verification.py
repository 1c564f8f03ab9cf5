"""What `threatsim verify` finds: a report as it was written, and every way of not being it."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.assembly import inputs_of, results_fingerprint
from threatsim.experiment.record.fingerprint import versions
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.verification import Check, verify
from threatsim.experiment.record.writing import write_report
from threatsim.experiment.rerun import held_against, loaded_from
from threatsim.market.result import ReplicateResult
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

OLD = Path(__file__).parent / "old_report"
Results = list[ReplicateResult]


@pytest.fixture
def report(tmp_path: Path, record: RunRecord, results: Results) -> Path:
    return write_report(tmp_path / "report", record, results)


def differing(checks: list[Check]) -> list[str]:
    return [check.artefact for check in checks if check.state == "differs"]


def edit(report: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((report / "record.json").read_text())
    change(data)
    (report / "record.json").write_text(json.dumps(data))


def test_a_report_as_it_was_written_is_ok_in_every_artefact(report: Path) -> None:
    checks = verify(report)
    assert differing(checks) == []
    assert [check.artefact for check in checks if check.state == "ok"][:7] == [
        "record",
        "fingerprint of the inputs",
        "fingerprint of the results",
        "claims_sample.parquet",
        "providers.parquet",
        "record.json",
        "weekly.parquet",
    ]
    assert verify(report / "record.json") == checks


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda data: data["arms"][0]["outcomes"]["payer_loss"].update(value=1.0), "fingerprint of the results"),
        (lambda data: data["scenario"].update(weeks=3), "fingerprint of the inputs"),
        (lambda data: data.update(order={"tactics": ["pgd_white_box", "code_only"]}), "fingerprint of the inputs"),
        (lambda data: None, None),  # written anew by another program: the file differs, what it says does not
    ],
)
def test_an_edited_record_differs_where_it_was_edited(
    change: Callable[[dict[str, Any]], object], found: str | None, report: Path
) -> None:
    edit(report, change)
    assert differing(verify(report)) == [*([found] if found else []), "record.json"]


def test_files_that_were_changed_removed_or_added(report: Path) -> None:
    (report / "weekly.parquet").write_bytes(b"PAR1")
    (report / "providers.parquet").unlink()
    (report / "notes.txt").write_text("mine")
    checks = {check.artefact: check for check in verify(report)}
    assert checks["weekly.parquet"].detail == "is not as it was written"
    assert checks["providers.parquet"].detail == "is missing"
    assert checks["notes.txt"].state == "note"
    (report / "manifest.json").write_text("{")
    assert "manifest.json" in differing(verify(report))


def test_a_page_cannot_be_replaced_by_taking_the_list_away(report: Path) -> None:
    (report / "report.html").write_text("forged")
    assert differing(verify(report)) == ["report.html"]
    (report / "manifest.json").write_text('{"files": {}, "manifest_version": 1}')
    assert {"manifest.json", "report.html", "record.json"} <= set(differing(verify(report)))
    (report / "manifest.json").unlink()
    assert differing(verify(report)) == ["manifest.json"]


def test_a_file_of_holes_is_not_hashed_for_hours(report: Path) -> None:
    with (report / "weekly.parquet").open("r+b") as file:
        file.truncate(15 * 10**9)
    assert differing(verify(report)) == ["weekly.parquet"]


@pytest.mark.parametrize("name", ["record.json", "weekly.parquet"])
def test_a_file_that_is_a_link_out_of_the_report_differs(name: str, report: Path) -> None:
    (report / name).rename(report.parent / f"beside-{name}")
    (report / name).symlink_to(report.parent / f"beside-{name}")
    assert differing(verify(report)) == [name]


def test_where_a_number_was_written_is_under_the_fingerprint(report: Path) -> None:
    edit(report, lambda data: data["origins"].update({"payers.public_payer.share": "elsewhere.yaml:1"}))
    assert "fingerprint of the results" in differing(verify(report))


def test_a_record_that_denies_its_list_differs(report: Path) -> None:
    edit(report, lambda data: data.update(listed=False))
    (report / "manifest.json").unlink()
    assert "fingerprint of the results" in differing(verify(report))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["record.json", "manifest.json"])
def test_a_pipe_in_place_of_a_file_does_not_hang(name: str, report: Path) -> None:
    (report / name).unlink()
    os.mkfifo(report / name)
    if name == "record.json":
        with pytest.raises(ThreatsimError, match="is a pipe"):
            verify(report)
    else:
        assert name in differing(verify(report))


def test_other_versions_are_told_and_are_no_fault(tmp_path: Path, record: RunRecord, results: Results) -> None:
    same, other = versions(), {**versions(), "numpy": "0.1", "source": "0" * 12, "gone": "3"}
    for recorded, expected in ((same, ["ok"]), (other, ["note"] * 3)):
        report = write_report(tmp_path / "report", record.model_copy(update={"versions": recorded}), results)
        found = [check for check in verify(report) if check.artefact.startswith("version")]
        assert [check.state for check in found] == expected
    assert {check.artefact: check.detail for check in found}["version of numpy"] == (
        f"0.1 when it ran, {same['numpy']} here"
    )
    assert "3 when it ran, absent here" in [check.detail for check in found]


def test_an_older_report_is_checked_as_far_as_it_goes() -> None:
    checks = verify(OLD)
    assert differing(checks) == []
    assert [check.state for check in checks if check.artefact == "manifest.json"] == ["note"]


def test_what_cannot_be_read_is_refused(report: Path) -> None:
    (report / "record.json").write_text((report / "record.json").read_text()[:500])
    with pytest.raises(ThreatsimError, match="cut short"):
        verify(report)


@pytest.mark.parametrize("name", scenario_names())
def test_arms_of_a_record_are_those_of_its_file(name: str, record: RunRecord) -> None:
    """A rerun sees the resolved scenario, with all defaults written out, and sets in it what the file's arms do."""
    given = load_scenario(name)
    kept = record.model_copy(update={"scenario": given.scenario.model_dump(mode="json")})
    read = RunRecord.model_validate_json(kept.model_dump_json())
    again = loaded_from(read)
    assert again.scenario == given.scenario
    for arm in given.scenario.arms:
        assert resolve_arm(again, arm.name) == resolve_arm(given, arm.name), arm.name


def test_what_was_extended_shared_or_uncertain_is_in_the_record(tmp_path: Path, record: RunRecord) -> None:
    """A rerun needs no file: neither what the scenario extends nor the shared parameters that it refers to."""
    text = """
        schema_version: 1
        extends: insurance_upcoding
        name: child
        arms:
          - {name: baseline, title: As it is}
          - name: odd
            title: Odd
            set:
              modalities.fundoscopy.fee_positive: {parameter: fees.cpt_67228_office}
              payers.*.audit.random: {uniform: {low: 0.01, high: 0.03}}
        """
    (tmp_path / "child.yaml").write_text(textwrap.dedent(text))
    given = load_scenario(tmp_path / "child.yaml")
    kept = record.model_copy(update={"scenario": given.scenario.model_dump(mode="json")})
    again = loaded_from(RunRecord.model_validate_json(kept.model_dump_json()))
    for arm in given.scenario.arms:
        assert resolve_arm(again, arm.name) == resolve_arm(given, arm.name), arm.name


def test_a_scenario_of_another_schema_cannot_be_run_again(record: RunRecord) -> None:
    other = record.model_copy(update={"scenario": {**record.scenario, "colour": "red"}})
    with pytest.raises(ThreatsimError, match="does not fit the schema of this threatsim") as raised:
        loaded_from(other)
    assert "colour" in str(raised.value)


def test_a_rerun_that_gives_the_same_is_ok_byte_by_byte(
    report: Path, record: RunRecord, results: Results, tmp_path: Path
) -> None:
    again = write_report(tmp_path / "again", record, results)
    checks = list(held_against(report, record, again, record))
    assert {check.state for check in checks} == {"ok"}
    assert {check.detail for check in checks if check.artefact.endswith(".parquet")} == {"the same bytes"}
    (again / "weekly.parquet").write_bytes(b"PAR1")
    (report / "providers.parquet").unlink()
    changed = write_report(tmp_path / "again", record, [*results[:-1], changed_weekly(results[-1])])
    assert differing(list(held_against(report, record, changed, record))) == [
        "rerun: providers.parquet",
        "rerun: weekly.parquet",
    ]


def changed_weekly(result: ReplicateResult) -> ReplicateResult:
    weekly = dict(result.weekly) | {"paid": np.asarray(result.weekly["paid"]) + 1}
    return ReplicateResult(**{**vars(result), "weekly": weekly})


def test_a_rerun_by_other_versions_is_compared_by_figures_and_rows(
    report: Path, record: RunRecord, results: Results, tmp_path: Path
) -> None:
    other = record.model_copy(update={"versions": {**record.versions, "numpy": "9.9"}})
    other = other.model_copy(update={"inputs_fingerprint": inputs_of(other).fingerprint})
    same = write_report(tmp_path / "same", other, results)
    checks = list(held_against(report, record, same, other))
    assert differing(checks) == []
    assert checks[0].detail == "other than when it ran: versions.numpy"

    arm = other.arms[0]
    loss = arm.outcomes["payer_loss"]
    assert loss.value is not None
    moved = {**arm.outcomes, "payer_loss": loss.model_copy(update={"value": loss.value * 1.25})}
    other = other.model_copy(update={"arms": (arm.model_copy(update={"outcomes": moved}), *other.arms[1:])})
    other = other.model_copy(update={"results_fingerprint": results_fingerprint(other)})
    new = write_report(tmp_path / "new", other, [*results[:-1], changed_weekly(results[-1])])
    found = {check.artefact: check.detail for check in held_against(report, record, new, other)}
    assert found["rerun: weekly.parquet"] == "other values in paid"
    assert found["rerun: providers.parquet"] == "the same rows"
    assert found["rerun: results"].startswith("1 of ")
    assert found["rerun: results"].endswith("by 0.2 of their size at most")
    assert found["rerun: arms.baseline.outcomes.payer_loss.value"] == f"{loss.value} recorded, {loss.value * 1.25} now"
