"""The report of an audit beside the weights, `audit.json`, and what may be said of attacked figures because of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from threatsim.attacks.engine import ENGINE_VERSION
from threatsim.common.files import write_text
from threatsim.outcomes.audit import NOT_AUDITED
from threatsim.outcomes.audit.audit_report import AuditReport

AUDIT_NAME = "audit.json"


def write_audit(report: AuditReport, folder: Path) -> Path:
    """Keep a report in a classifier's folder; returns its path."""
    path = folder / AUDIT_NAME
    write_text(path, report.model_dump_json(indent=2) + "\n")
    return path


def read_audit(folder: Path) -> AuditReport | None:
    """Read the report in a classifier's folder; None if there is none, or none that can be read."""
    try:
        return AuditReport.model_validate_json((folder / AUDIT_NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def audit_status(folder: Path, weights_hash: str) -> str:
    """Return `passed`, `flagged: ...` with the names of the checks, or `not audited`.

    A report about other weights, or by another version of the engine, says nothing of these figures.
    """
    report = _of(folder, weights_hash)
    if report is None:
        return NOT_AUDITED
    flags = ", ".join(check.name for check in report.flags)
    return f"flagged: {flags}" if flags else "passed"


def audit_label(folder: Path, weights_hash: str) -> str:
    """Return the status for a label: `audited (26 checks passed)`, `audited, flagged: ...`, or `not audited`."""
    report = _of(folder, weights_hash)
    if report is None:
        return NOT_AUDITED
    status = audit_status(folder, weights_hash)
    return f"audited ({len(report.checks)} checks passed)" if status == "passed" else f"audited, {status}"


def _of(folder: Path, weights_hash: str) -> AuditReport | None:
    report = read_audit(folder)
    return report if report and (report.weights, report.engine) == (weights_hash, ENGINE_VERSION) else None
