"""The table of an audit in a terminal, and its labels in records and reports."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from threatsim.outcomes.audit.all_checks import audit
from threatsim.outcomes.audit.audit_report import AuditReport
from threatsim.outcomes.audit.audit_run import Audited
from threatsim.outcomes.audit.checks.denominators import denominators
from threatsim.outcomes.audit.checks.gradients import gradients, outputs
from threatsim.outcomes.audit.subject import AuditedModel
from threatsim.report.lab.audit_table import print_audit


@pytest.fixture(scope="module")
def report(toy: Callable[[int], AuditedModel]) -> AuditReport:
    whole = audit(toy(2), checks=(gradients, outputs, denominators))
    first = whole.checks[0].model_copy(update={"ok": False})
    return whole.model_copy(update={"checks": (first, *whole.checks[1:])})


def printed(report: AuditReport, width: int, *, brief: bool = False) -> str:
    text = io.StringIO()
    print_audit(Audited(report, None), Console(file=text, width=width, highlight=False), brief=brief)
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(report: AuditReport, width: int) -> None:
    assert max(cell_len(line) for line in printed(report, width).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 120])
def test_every_check_has_its_row_and_a_flag_its_meaning_and_remedy(report: AuditReport, width: int) -> None:
    text = " ".join(printed(report, width).split())
    assert text.count("pass ") + text.count("FLAG") >= len(report.checks)
    assert "It means: The model gives an attack no direction" in text
    assert "Do: Remove detach()" in text
    assert "flagged, 1 of 3 checks: Input gradients." in text


def test_quiet_prints_the_verdict_alone(report: AuditReport) -> None:
    assert printed(report, 80, brief=True) == "model: flagged, 1 of 3 checks: Input gradients.\n"


def test_json_has_a_row_for_every_check(report: AuditReport) -> None:
    rows = Audited(report, None).rows()
    assert [row["key"] for row in rows["checks"]] == ["gradients", "outputs", "denominators"]
    assert set(rows["checks"][0]) == {"number", "key", "name", "tried", "found", "ok", "meaning", "remedy"}
