"""Auditing threatsim's classifiers on their own test cases, and keeping the reports beside the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from threatsim.attacks.trained_patches import load_threat_model
from threatsim.cases.image_set import CaseSet
from threatsim.cases.layouts.known import find_archives
from threatsim.classifiers.production import archive_for, findings_for, synthetic_cases
from threatsim.classifiers.store import ClassifierFolder, shipped, shipped_names
from threatsim.common.library import library_folder
from threatsim.common.progress import Progress
from threatsim.common.thresholds import threshold_at
from threatsim.outcomes.audit.all_checks import CHECKS, Check, audit
from threatsim.outcomes.audit.audit_file import write_audit
from threatsim.outcomes.audit.audit_report import AuditReport
from threatsim.outcomes.audit.subject import AuditedModel
from threatsim.outcomes.making.training import trained_on

MORE = 400
"""Test cases for checks that cost a forward pass an image."""


@dataclass(frozen=True)
class AuditRequest:
    """What a user asks to be audited.

    Attributes:
        name: a shipped classifier, or a folder with a card.yaml; None for all.
        images: folder of real archives, or None for the cards' synthetic cases.
        cases: test cases.
        save: whether reports are kept beside the weights; None to keep those of the user's own classifiers only.
        finding: what label 1 is to stand for in archives that have it; the cards say if None.
    """

    name: str | None
    images: Path | None
    cases: int
    save: bool | None
    finding: str | None = None


@dataclass(frozen=True)
class Audited:
    """A finished audit.

    Attributes:
        report: what it found.
        saved: where it was kept, or None.
    """

    report: AuditReport
    saved: Path | None

    def rows(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {"saved": str(self.saved) if self.saved else None, **self.report.model_dump(mode="json")}


def audit_as_requested(
    request: AuditRequest, *, device: torch.device, progress: Progress, checks: tuple[Check, ...] = CHECKS
) -> Iterator[Audited]:
    """Audit one classifier after the other, so that what is finished is there if the rest is interrupted.

    Args:
        request: which classifiers, and how many cases.
        device: where they are attacked.
        progress: told of each check.
        checks: the checks to make.

    Raises:
        ThreatsimError: there is no such classifier or archive, or its files are damaged.
    """
    for folder, cases in _classifiers(request, device, progress):
        subject = subject_of(folder, cases, request.cases, device=device)
        with progress.stage(f"Audit of {folder.card.name}", len(checks)) as advance:
            report = audit(subject, checks=checks, on_check=advance)
        own = folder.path.parent != library_folder("classifiers")
        keep = own if request.save is None else request.save
        yield Audited(report, write_audit(report, folder.path) if keep else None)


def _classifiers(
    request: AuditRequest, device: torch.device, progress: Progress
) -> Iterator[tuple[ClassifierFolder, CaseSet]]:
    images = request.images
    names = [request.name] if request.name else shipped_names() if images is None else find_archives(images)
    for name, finding in findings_for(names, images, request.finding).items():
        folder = shipped(name).asked_for(finding)
        if images is None:
            yield folder, synthetic_cases(folder.card, "test", max(request.cases, MORE))
            continue
        archive = archive_for(folder.card, images, progress=progress)
        folder = trained_on(archive, device=device, progress=progress, name=name, finding=finding)
        yield folder, archive.test.subset(list(range(min(max(request.cases, MORE), len(archive.test)))))


def subject_of(folder: ClassifierFolder, cases: CaseSet, count: int, *, device: torch.device) -> AuditedModel:
    """Open a classifier of threatsim's as the audit takes it, at its card's operating point.

    Args:
        cases: test cases; all of them serve checks that cost a forward pass an image.
        count: how many of them are attacked.
    """
    labels = torch.from_numpy(cases.labels.astype("int64"))
    victim, weights = folder.load("victim", device)
    surrogate, surrogate_weights = folder.load("surrogate", device)
    scores, calibration_labels = folder.calibration()
    return AuditedModel(
        model=victim,
        images=cases.images[:count],
        labels=labels[:count],
        threshold=threshold_at(scores, calibration_labels, **folder.card.operating_point.model_dump()),
        surrogate=surrogate,
        patches=dict(load_threat_model(folder, device).patches),
        device=device,
        names=cases.case_ids[:count],
        more=(cases.images[:], labels),
        name=folder.card.name,
        weights=weights,
        surrogate_weights=surrogate_weights,
        source=cases.source,
    )
