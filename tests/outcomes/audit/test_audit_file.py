"""Reports beside the weights, and what labels say because of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.classifiers.store import shipped
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.audit import NOT_AUDITED
from threatsim.outcomes.audit.all_checks import audit
from threatsim.outcomes.audit.audit_file import audit_label, audit_status, read_audit, write_audit
from threatsim.outcomes.audit.audit_report import AuditReport
from threatsim.outcomes.audit.audit_run import AuditRequest, audit_as_requested
from threatsim.outcomes.audit.checks.budgets import budget_zero
from threatsim.outcomes.audit.checks.gradients import outputs
from threatsim.outcomes.audit.subject import AuditedModel
from threatsim.outcomes.classifier_list import classifier_rows, find_classifier
from threatsim.report.terminal.lists.listings import print_classifier
from threatsim.report.terminal.progress_bars import TerminalProgress

CHECKS = (budget_zero, outputs)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def report(toy: Callable[[int], AuditedModel]) -> AuditReport:
    return audit(toy(2), checks=CHECKS)


def flagged(report: AuditReport) -> AuditReport:
    first = report.checks[0].model_copy(update={"ok": False})
    return report.model_copy(update={"checks": (first, *report.checks[1:])})


def test_a_report_comes_back_as_it_was(report: AuditReport, tmp_path: Path) -> None:
    assert read_audit(tmp_path) is None
    write_audit(report, tmp_path)
    assert read_audit(tmp_path) == report


def test_a_report_says_what_it_is_about_and_nothing_of_the_machine(report: AuditReport, tmp_path: Path) -> None:
    kept = json.loads(write_audit(report, tmp_path).read_text())
    assert kept["engine"] == ENGINE_VERSION
    assert {"weights", "n", "budget", "versions"} <= kept.keys()
    assert str(tmp_path) not in json.dumps(kept)
    assert "date" not in json.dumps(kept)


def test_labels_say_passed_flagged_or_not_audited(report: AuditReport, tmp_path: Path) -> None:
    assert audit_status(tmp_path, report.weights) == audit_label(tmp_path, report.weights) == "not audited"
    write_audit(report, tmp_path)
    assert audit_status(tmp_path, report.weights) == "passed"
    assert audit_label(tmp_path, report.weights) == "audited (2 checks passed)"
    write_audit(flagged(report), tmp_path)
    assert audit_status(tmp_path, report.weights) == "flagged: A budget of zero"
    assert audit_label(tmp_path, report.weights) == "audited, flagged: A budget of zero"


def test_other_weights_and_another_engine_are_not_audited(report: AuditReport, tmp_path: Path) -> None:
    write_audit(report, tmp_path)
    assert audit_status(tmp_path, "0123456789abcdef") == "not audited"
    write_audit(report.model_copy(update={"engine": ENGINE_VERSION + 1}), tmp_path)
    assert audit_status(tmp_path, report.weights) == "not audited"


def test_a_damaged_report_is_none(report: AuditReport, tmp_path: Path) -> None:
    path = write_audit(report, tmp_path)
    path.write_text(path.read_text()[:100])
    assert read_audit(tmp_path) is None


def test_the_same_audit_gives_the_same_report(toy: Callable[[int], AuditedModel], report: AuditReport) -> None:
    assert audit(toy(2), checks=CHECKS) == report


def test_an_audit_of_ones_own_is_kept_and_labels_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    own = tmp_path / "mine"
    shutil.copytree(shipped("dermoscopy").path, own, ignore=shutil.ignore_patterns("audit.json"))
    progress = TerminalProgress(Console(), quiet=True)
    (made,) = audit_as_requested(AuditRequest(str(own), None, 8, None), device=CPU, progress=progress, checks=CHECKS)
    assert made.saved == own / "audit.json"
    assert made.report.n == 8
    assert made.report.weights == shipped(str(own)).figures.victim.weights
    print_classifier(find_classifier(str(own)), Console(width=80))
    assert "Attack figures: audited (2 checks passed)." in capsys.readouterr().out


def test_a_shipped_classifier_keeps_its_report_only_when_asked() -> None:
    from rich.console import Console

    progress = TerminalProgress(Console(), quiet=True)
    (made,) = audit_as_requested(
        AuditRequest("fundoscopy", None, 8, None), device=CPU, progress=progress, checks=CHECKS
    )
    assert made.saved is None


def test_the_list_of_classifiers_says_which_are_audited() -> None:
    for row in classifier_rows():
        if row.card.name.startswith("claim_codes"):  # no audit is made of claims
            assert row.audit == NOT_AUDITED
            continue
        folder = shipped(row.card.name)
        assert row.audit == audit_label(folder.path, folder.figures.victim.weights)


def test_no_such_classifier() -> None:
    from rich.console import Console

    progress = TerminalProgress(Console(), quiet=True)
    with pytest.raises(ThreatsimError, match="there is no classifier 'retina'"):
        list(audit_as_requested(AuditRequest("retina", None, 8, None), device=CPU, progress=progress))
