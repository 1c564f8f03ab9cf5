from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.writing import check_writable, write_report
from threatsim.market.result import ReplicateResult

Results = list[ReplicateResult]
FILES = ["claims_sample.parquet", "manifest.json", "providers.parquet", "record.json", "weekly.parquet"]


@pytest.fixture
def report(tmp_path: Path, record: RunRecord, results: Results) -> Path:
    return write_report(tmp_path / "reports" / "small" / record.run_id, record, results)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_record_is_read_back_as_it_was(report: Path, record: RunRecord) -> None:
    assert read_record(report) == record
    assert read_record(report / "record.json") == record
    assert list(contents(report)) == FILES
    assert [path.name for path in report.parent.iterdir()] == [record.run_id]  # nothing half-written beside it


def test_same_run_same_bytes(report: Path, record: RunRecord, results: Results, tmp_path: Path) -> None:
    again = write_report(tmp_path / "elsewhere", record, results)
    assert contents(again) == contents(report)


def test_the_record_says_nothing_of_place_and_time(report: Path, tmp_path: Path) -> None:
    text = (report / "record.json").read_text()
    assert str(tmp_path) not in text
    assert str(Path.cwd()) not in text
    keys = list(json.loads(text))
    assert keys == sorted(keys)


def test_tables_hold_every_row(report: Path, results: Results) -> None:
    weekly = pd.read_parquet(report / "weekly.parquet")
    assert list(weekly.columns) == ["arm", "replicate", "week", "claims", "paid"]
    assert len(weekly) == 2 * 4 * 6
    part = weekly[(weekly.arm == "audits_doubled") & (weekly.replicate == 2)]
    np.testing.assert_array_equal(part.week, range(6))
    np.testing.assert_array_equal(part.paid, results[6].weekly["paid"])
    providers = pd.read_parquet(report / "providers.parquet")
    assert providers.specialty.tolist()[:7] == ["eye", "skin", "eye", "skin", "eye", "skin", "lung"]
    assert providers.provider.tolist()[:8] == [0, 1, 2, 3, 4, 5, 6, 0]
    assert providers.honest.dtype == bool
    sample = pd.read_parquet(report / "claims_sample.parquet")
    assert len(sample) == sum(len(result.sample["week"]) for result in results)
    assert sample.score.dtype == np.float32
    assert sample[sample.tactic == "pgd_white_box"].shape[0] == 8


def test_a_column_that_some_arms_lack_is_null_there(tmp_path: Path, record: RunRecord, results: Results) -> None:
    results[7] = replace(results[7], weekly={**results[7].weekly, "false_claims_patch": np.arange(6)})
    folder = write_report(tmp_path / "report", record, results)
    weekly = pd.read_parquet(folder / "weekly.parquet")
    assert weekly.false_claims_patch.notna().sum() == 6
    assert len(weekly) == 48


def test_an_earlier_report_is_replaced_whole(report: Path, record: RunRecord, results: Results) -> None:
    (report / "report.html").write_text("old")
    (report / "weekly.parquet").write_bytes(b"damaged")
    write_report(report, record, results, extra=lambda folder: (folder / "gallery").mkdir())
    assert [path.name for path in sorted(report.iterdir())] == [
        "claims_sample.parquet",
        "gallery",
        *FILES[1:],
    ]
    assert read_record(report) == record
    assert len(list(report.parent.iterdir())) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_report_leaves_nothing(
    error: type[BaseException], report: Path, record: RunRecord, results: Results
) -> None:
    before = contents(report)

    def interrupt(folder: Path) -> None:
        assert folder != report
        raise error

    with pytest.raises(error):
        write_report(report, record, results, extra=interrupt)
    assert contents(report) == before
    with pytest.raises(error):
        write_report(report.with_name("new"), record, results, extra=interrupt)
    assert list(report.parent.iterdir()) == [report]


def test_leftovers_of_a_killed_run_are_swept(report: Path, record: RunRecord, results: Results) -> None:
    stale, young = (report.with_name(f".{report.name}.{pid}.partial") for pid in (1, 2))
    for folder in (stale, young):
        folder.mkdir()
        (folder / "record.json").touch()
    os.utime(stale, (0, 0))
    write_report(report, record, results)
    assert not stale.exists()
    assert young.exists()


def test_a_folder_of_other_files_is_never_replaced(tmp_path: Path, record: RunRecord, results: Results) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "file").write_text("too")
    for name in ("thesis", "file"):
        with pytest.raises(ThreatsimError, match="not a report"):
            check_writable(tmp_path / name)
        with pytest.raises(ThreatsimError, match="not a report"):
            write_report(tmp_path / name, record, results)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    check_writable(tmp_path / "empty")
    write_report(tmp_path / "empty", record, results)


def test_check_writable_leaves_no_trace(tmp_path: Path, report: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    check_writable(tmp_path / "a" / "b" / "c")
    check_writable(report)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_in_the_way(tmp_path: Path, record: RunRecord, results: Results) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "small" / "run"
    with pytest.raises(ThreatsimError, match="--out") as raised:
        check_writable(target)
    assert str(tmp_path / "file") in str(raised.value)
    with pytest.raises(ThreatsimError):
        write_report(target, record, results)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """No Parquet file could be opened below it, which a run would find out at its end."""
    with pytest.raises(ThreatsimError, match=r"no UTF-8 text[\s\S]*--out"):
        check_writable(tmp_path / "caf\udce9" / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_name_too_long(tmp_path: Path, record: RunRecord, results: Results) -> None:
    for target in (tmp_path / ("x" * 300), tmp_path / ("x" * 300) / "run"):
        with pytest.raises(ThreatsimError, match="--out"):
            check_writable(target)
        with pytest.raises(ThreatsimError, match="--out"):
            write_report(target, record, results)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that may not be written to. Permissions do not bind root, who acts as nobody for the test."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "read_only"
        folder.mkdir(mode=0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)


def test_a_read_only_folder_is_told_before_the_run(read_only: Path, record: RunRecord, results: Results) -> None:
    for target in (read_only / "run", read_only / "small" / "run"):
        with pytest.raises(ThreatsimError, match="Permission denied") as raised:
            check_writable(target)
        assert str(raised.value).startswith(str(target))
        with pytest.raises(ThreatsimError, match="Permission denied"):
            write_report(target, record, results)
    assert list(read_only.iterdir()) == []


def edit(report: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    path = report / "record.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["arms"][0]["outcomes"]["payer_loss"].update(value=1.0),
        lambda data: data["arms"][1].update(title="Better"),
        lambda data: data["arms"].pop(),
        lambda data: data["classifiers"][0]["attacks"][0]["success"].update(low=0.0),
        lambda data: data["number_kinds"].update(measured=99),
        lambda data: data.update(seed=8),
        lambda data: data["scenario"]["payers"][0]["audit"]["random"].update(value=0.5),
        lambda data: data["versions"].update(numpy="9.9"),
        lambda data: data["classifiers"][0].update(images="real"),
        lambda data: data["classifiers"][0].update(audit="audited (26 checks passed)"),
        lambda data: data.update(run_id="0" * 12),
        lambda data: data.update(inputs_fingerprint="0" * 64),
        lambda data: data["scenario"].update(title=math.nan),
    ],
)
def test_an_edited_record_is_refused(change: Callable[[dict[str, Any]], object], report: Path) -> None:
    path = edit(report, change)
    with pytest.raises(ThreatsimError, match="edited") as raised:
        read_record(report)
    assert str(raised.value).startswith(str(path))


def test_a_record_from_before_there_were_audits_opens(report: Path, record: RunRecord) -> None:
    edit(report, lambda data: [figures.pop("audit") for figures in data["classifiers"]])
    assert read_record(report) == record
    assert {figures.audit for figures in read_record(report).classifiers} == {"not audited"}


def test_a_report_of_an_earlier_threatsim_opens() -> None:
    """`old_report` was written by a real run, before records kept an order and reports a list of their files."""
    old = Path(__file__).parent / "old_report"
    record = read_record(old)
    assert (record.run_id, record.replicates, len(record.arms)) == ("ec4485508e7d", 4, 4)
    assert record.arms[0].outcomes["payer_loss"].n == 4
    assert {"order", "manifest.json"}.isdisjoint({*json.loads((old / "record.json").read_text()), *contents(old)})


def test_a_reformatted_record_is_the_same_record(report: Path, record: RunRecord) -> None:
    edit(report, lambda data: None)
    assert read_record(report) == record


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: data.update(record_version=2), "version 2"),
        (lambda data: data.pop("record_version"), "no record_version"),
        (lambda data: data.pop("arms"), "arms: Field required"),
        (lambda data: data.update(colour="red"), "colour"),
        (lambda data: data["arms"][0]["outcomes"].update(payer_loss="much"), "arms.0.outcomes.payer_loss"),
    ],
)
def test_a_record_of_another_shape_is_refused(
    change: Callable[[dict[str, Any]], object], expected: str, report: Path
) -> None:
    edit(report, change)
    with pytest.raises(ThreatsimError) as raised:
        read_record(report)
    assert expected in str(raised.value)
    assert len(str(raised.value).splitlines()) <= 2


def test_a_record_cut_short_anywhere_is_refused(report: Path) -> None:
    path = report / "record.json"
    whole = path.read_bytes()
    for length in [*range(0, len(whole) - 2, len(whole) // 40), len(whole) - 3]:
        path.write_bytes(whole[:length])
        with pytest.raises(ThreatsimError) as raised:
            read_record(report)
        assert "cut short" in str(raised.value) or length == 0


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"hello", b"[1, 2]", b"3", b"[" * 100_000, b'"record_version"']
)
def test_what_is_no_record(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(ThreatsimError, match="not a run record"):
        read_record(tmp_path / "record.json")


def test_a_missing_report_names_the_nearest(report: Path, record: RunRecord, results: Results) -> None:
    other = write_report(report.with_name("ffffffffffff"), record, results)
    with pytest.raises(ThreatsimError) as raised:
        read_record(report.with_name(report.name[:-1] + "x"))
    assert str(raised.value).splitlines()[1].startswith(f"Nearest: {report}")
    with pytest.raises(ThreatsimError, match=r"no record\.json") as raised:
        read_record(report.parent)
    assert {str(report), str(other)} <= {name.strip(",.") for name in str(raised.value).split()}
    with pytest.raises(ThreatsimError) as raised:
        read_record("/no/such/place/at/all")
    assert str(raised.value) == "/no/such/place/at/all: there is no such report"
    for path in (report / "weekly.parquet" / "x", "\0"):
        with pytest.raises(ThreatsimError):
            read_record(path)
    with pytest.raises(ThreatsimError, match="not a run record"):
        read_record(report / "weekly.parquet")


def test_reading_does_not_need_the_tables_library(report: Path) -> None:
    code = (
        "import sys; from threatsim.experiment.record.record_reading import read_record; "
        f"read_record({str(report)!r}); "
        "print({'torch', 'mesa', 'pandas', 'pyarrow', 'scipy'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
