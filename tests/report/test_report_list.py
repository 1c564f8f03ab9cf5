"""The list of reports, a check of one, and a run's summary, as text at 80 columns."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.report.golden_text import same_as
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.verification import Check
from threatsim.report.listing.listed_reports import ListedReport
from threatsim.report.terminal.lists.report_list import print_checks, print_reports, size_in_words
from threatsim.report.terminal.showing import Name
from threatsim.report.terminal.summary import print_summary

OLD = Path(__file__).parents[1] / "experiment" / "old_report"
REPORTS = [
    ListedReport(
        path="reports/a_scenario_with_a_long_name/0123456789ab",
        written="2026-01-02T03:04:05+00:00",
        size=1_580_000,
        scenario="a_scenario_with_a_long_name",
        run_id="0123456789ab",
        seed=2**62,
        replicates=10_000,
        arms=("a", "b"),
    ),
    ListedReport(path="reports/bad", written="2026-01-02T03:04:05+00:00", size=20, problem="is\x1b[0m no record"),
]
CHECKS = [
    Check(artefact="record", state="ok", detail="version 1, run 0123456789ab"),
    Check(artefact="weekly.parquet", state="differs", detail="is not as it was written"),
    Check(artefact="rerun: arms.baseline.outcomes.payer_loss.value", state="differs", detail="1.0 recorded, 1.25 now"),
    Check(artefact="version of numpy", state="note", detail="1.26.4 when it ran, 2.4.6 here"),
]


def printed(width: int, *, brief: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width)
    print_reports(REPORTS, Path("reports"), console)
    print_reports([], Path("reports"), console)
    print_checks(CHECKS, Path("reports/mine"), console, brief=brief)
    print_checks(CHECKS[:1], Path("reports/mine"), console, brief=brief)
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["improper_payment_rate_all_claims", "payers.public_plan.audit.random", "a", "", "_._"]
)
@pytest.mark.parametrize("width", [9, 14, 40])
def test_a_name_goes_on_after_its_joints(name: str, width: int) -> None:
    table = Table.grid()
    table.add_column(width=width)
    table.add_row(Name(name))
    file = io.StringIO()
    Console(file=file, width=80).print(table)
    lines = [line.rstrip() for line in file.getvalue().rstrip("\n").split("\n")]
    assert "".join(lines) == name
    assert all(len(line) <= width for line in lines)
    assert all(line.endswith(("_", ".")) for line in lines[:-1])


def test_lists_read_as_they_did() -> None:
    same_as("reports_80.txt", printed(80))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lists_fit_and_hide_nothing(width: int) -> None:
    text = printed(width)
    assert max(len(line) for line in text.splitlines()) <= max(80, width)
    assert "\x1b" not in text
    for whole in (
        "0123456789ab",
        "10,000",
        "1.58 MB",
        "2 of 4 checks differ",
        "reports/mine: ok, unchanged since it was written (not signed).",
    ):
        assert whole in text
    assert str(2**62) in text or width < 120
    assert "weekly.parquet" in printed(width, brief=True)
    assert "1.26.4" not in printed(width, brief=True)


def test_a_runs_summary_reads_as_it_did() -> None:
    file = io.StringIO()
    print_summary(read_record(OLD), Console(file=file, width=80), report_path="reports/small_world/ec4485508e7d")
    same_as("summary_80.txt", file.getvalue())


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.00 kB"), (999_600, "1.00 MB"), (3_210_000_000, "3.21 GB")],
)
def test_sizes(size: int, shown: str) -> None:
    assert size_in_words(size) == shown
