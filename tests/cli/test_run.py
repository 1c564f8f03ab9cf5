"""`threatsim run` as a user meets it: the whole report, and the same bytes however many processes make it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Command, report_of
from threatsim.experiment.record.record_reading import read_record

CONTROL = re.compile(r"\x1b\[")


def test_a_run_writes_the_whole_report_and_says_where(threatsim: Command, tmp_path: Path, scenario: str) -> None:
    result = threatsim("run", scenario)
    assert result.returncode == 0, result.stderr
    report = report_of(tmp_path / "reports")
    assert sorted(path.name for path in report.iterdir()) == [
        "charts",
        "claims_sample.parquet",
        "decisions.parquet",
        "manifest.json",
        "providers.parquet",
        "record.json",
        "report.html",
        "report.md",
        "weekly.parquet",
    ]
    charts = {path.name for path in (report / "charts").iterdir()}
    for key in ("differences", "accounts", "detection", "tactics", "exceedance", "epsilon"):
        assert {f"{key}.csv", f"{key}.png", f"{key}.svg"} <= charts
    assert [path.name for path in report.parent.iterdir()] == [report.name]
    assert str(report.relative_to(tmp_path)) in result.stdout
    assert not CONTROL.search(result.stdout + result.stderr)
    assert max(len(line) for line in result.stdout.splitlines() if "Report:" not in line) <= 80
    record = read_record(report)
    assert record.arms[0].name == "baseline"
    assert len(record.arms) == 7
    for arm in record.arms:
        assert abs(sum(arm.accounts.values())) < 1
    for classifier in record.classifiers:
        assert len(classifier.attacks) == 5


def test_the_same_run_gives_the_same_bytes_for_any_number_of_workers(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    for workers, out in (("1", "one"), ("2", "two")):
        result = threatsim("run", scenario, "--workers", workers, "--out", out, "--quiet", "--no-patterns")
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        assert result.stdout.strip() == str(report_of(tmp_path / out).relative_to(tmp_path))
    first, second = report_of(tmp_path / "one"), report_of(tmp_path / "two")
    assert first.name == second.name
    for file in (path for path in first.rglob("*") if path.is_file()):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes(), file.name
