from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.report_finder import answer_folder, find_report, report_and_arm
from threatsim.experiment.record.writing import write_report
from threatsim.market.result import ReplicateResult
from threatsim.report.listing import listed_reports
from threatsim.report.listing.listed_reports import list_reports
from threatsim.view.runs import row_of

OLD = Path(__file__).parent / "old_report"


@pytest.fixture
def home(tmp_path: Path, make_record: Callable[..., RunRecord], results: list[ReplicateResult]) -> Path:
    """Two reports of a scenario, the second newer; one of another, oldest; one cut short; one half-written."""
    home = tmp_path / "reports"
    for time, record in ((200, make_record(seed=1)), (300, make_record(seed=2))):
        folder = write_report(home / "small" / record.run_id, record, results)
        os.utime(folder / "record.json", (time, time))
    shutil.copytree(OLD, home / "small_world" / "ec4485508e7d")
    os.utime(home / "small_world" / "ec4485508e7d" / "record.json", (100, 100))
    (home / "broken").mkdir()
    (home / "broken" / "record.json").write_text('{"record_version": 1,')
    os.utime(home / "broken" / "record.json", (50, 50))
    shutil.copytree(OLD, home / "small" / ".half.partial")
    return home


def test_reports_are_listed_newest_first_and_the_unreadable_with_the_reason(home: Path) -> None:
    found = list_reports(home)
    assert [(one.scenario, one.seed, one.written[:19]) for one in found] == [
        ("small", 2, "1970-01-01T00:05:00"),
        ("small", 1, "1970-01-01T00:03:20"),
        ("small_world", 20180415, "1970-01-01T00:01:40"),
        ("", None, "1970-01-01T00:00:50"),
    ]
    assert found[0].arms == ("baseline", "audits_doubled")
    assert found[0].size == sum(file.stat().st_size for file in Path(found[0].path).iterdir())
    assert "cut short" in found[3].problem
    assert found[3].path == str(home / "broken")


def test_a_folder_without_reports_has_none_and_an_absent_one_is_told(tmp_path: Path) -> None:
    assert list_reports(tmp_path) == []
    with pytest.raises(ThreatsimError, match="no such folder"):
        list_reports(tmp_path / "absent")


def test_what_is_no_file_and_what_goes_meanwhile_hides_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "odd" / "record.json").mkdir(parents=True)
    found = {Path(one.path).name: one.problem for one in list_reports(home)}
    assert len(found) == 5
    assert "Is a directory" in found["odd"]
    assert find_report("latest", home).name != "odd"
    gone = home / "broken"
    reports = [home / "odd", gone, home / "small_world" / "ec4485508e7d"]
    shutil.rmtree(gone)
    monkeypatch.setattr(
        listed_reports, "below", lambda *_: (path / "record.json" for path in reports)
    )  # listed, then gone
    assert {Path(one.path).name: bool(one.problem) for one in list_reports(home)} == {
        "odd": True,
        "broken": True,
        "ec4485508e7d": False,
    }


def test_a_link_that_leads_nowhere_is_listed_with_the_reason(home: Path) -> None:
    (home / "gone" / "run").mkdir(parents=True)
    try:
        (home / "gone" / "run" / "record.json").symlink_to(home / "absent.json")
    except OSError:
        pytest.skip("links cannot be made here")
    found = {Path(one.path).name: one.problem for one in list_reports(home)}
    assert found["run"] == "its record.json is a link to a file that is not there"
    assert find_report("latest", home).parent.name == "small"
    row = row_of(home / "gone" / "run")
    assert (row.state, row.problem) == ("unreadable", found["run"])


def test_a_report_is_found_by_path_name_time_and_id(home: Path) -> None:
    newest, older = (Path(one.path) for one in list_reports(home)[:2])
    assert find_report(older, home) == older
    assert find_report("latest", home) == newest
    assert find_report("small", home) == newest
    assert find_report("small_world", home) == find_report("ec44", home) == home / "small_world" / "ec4485508e7d"
    assert find_report(older.name[:8], home) == older
    shutil.copytree(OLD, home / "reference" / "a_scenario")
    assert find_report("a_scenario", home) == home / "reference" / "a_scenario"
    for unknown in ("ec4", "nothing", "\0"):
        assert find_report(unknown, home) == Path(unknown)  # reading it names the nearest
    assert find_report("latest", home / "absent") == Path("latest")


def test_the_start_of_two_ids_is_refused(home: Path) -> None:
    shutil.copytree(OLD, home / "copy" / "ec4485508e7d")
    with pytest.raises(ThreatsimError, match="start of 2 reports"):
        find_report("ec4485", home)


def test_an_arm_follows_a_colon(home: Path, tmp_path: Path) -> None:
    newest = find_report("latest", home)
    assert report_and_arm("latest:baseline", home) == (newest, "baseline")
    assert report_and_arm("latest", home) == (newest, None)
    assert report_and_arm(f"{newest}:audits_doubled", home) == (newest, "audits_doubled")
    odd = tmp_path / "a:b"
    odd.mkdir()
    assert report_and_arm(str(odd), home) == (odd, None)


@pytest.mark.parametrize("question", ["sweep", "break-even", "in_turn"])
def test_the_newest_answer_to_a_question_is_not_the_latest_report(tmp_path: Path, question: str) -> None:
    run, answer = tmp_path / "mine" / "0123456789ab", answer_folder(tmp_path, "mine", question, "ba9876543210")
    for folder in (run, answer):
        folder.mkdir(parents=True)
        (folder / "record.json").write_text("{}")
    os.utime(run / "record.json", (1, 1))
    assert find_report("latest", tmp_path) == find_report("mine", tmp_path) == run
    assert find_report(answer.name, tmp_path) == answer
