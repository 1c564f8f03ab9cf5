"""`threatsim attack table`: for every classifier requested, the paper's table, and on photographs the curve with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.checks import check_spec
from threatsim.cases.layouts.known import find_archives, findings_at
from threatsim.classifiers.production import archive_for, findings_for
from threatsim.classifiers.store import ClassifierFolder, added_names, shipped
from threatsim.common.cache import cache_folder
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.lab.attack_options import budget_from
from threatsim.outcomes.lab.paper_table import ClassifierTable, classifier_table, outstanding
from threatsim.outcomes.lab.paper_table_file import has_paper_table, keep_table, kept_table, unchanged
from threatsim.outcomes.lab.pgd_curve import CurveOfPGD, curve_of_pgd
from threatsim.outcomes.making.attacker import AttackedClassifier, check_trained_patch, subject_of
from threatsim.outcomes.published.finlayson import TEST_IMAGES
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET, control_attacks, paper_attacks

SYNTHETIC_CASES: Final = 500
"""Test cases of a synthetic modality that are attacked; of photographs all are."""
COVERING: Final = "patch_grey"
"""The control that is always shown: without it nobody sees what a patch does by covering alone."""


@dataclass(frozen=True)
class TableRequest:
    """What a user asks for.

    Attributes:
        names: classifiers; if empty, those of the paper's modalities, of photographs first.
        images: folder of real archives, or None for figures that are kept and for synthetic cases.
        cases: test cases of each; `SYNTHETIC_CASES`, and all photographs, if None.
        epsilon, pixel_range: in place of the paper's budget, as typed.
        controls: whether further patches that are not optimised, and the patch on the lens, are added.
        keep: whether tables of photographs are kept beside the weights.
        command: recorded with them as the command that was run.
        extend: whether what a kept table holds of attacks that depend on nothing that changed is taken from it.
        finding: what label 1 is to stand for in archives that have it; the cards say if None.
    """

    names: tuple[str, ...]
    images: Path | None
    cases: int | None
    epsilon: str | None
    pixel_range: str | None
    controls: bool
    keep: bool = False
    command: str = ""
    extend: bool = False
    finding: str | None = None


@dataclass(frozen=True)
class PaperTables:
    """The tables of all classifiers, and the curves of those with photographs."""

    tables: tuple[ClassifierTable, ...]
    curves: tuple[CurveOfPGD, ...]
    budget: PixelBudget

    def flat(self) -> list[dict[str, object]]:
        """Write all rows for a machine."""
        return [row.flat(table.subject) for table in self.tables for row in table.rows]

    @property
    def identity(self) -> str:
        """Hash of the rows, for a folder's name."""
        return hashlib.sha256(json.dumps(self.flat()).encode()).hexdigest()[:8]


def run_table(request: TableRequest, *, device: torch.device, progress: Progress) -> PaperTables:
    """Attack every classifier as the paper does; what the bank holds is not run again.

    Without images, the table of a classifier of photographs is the one kept beside its weights.

    Raises:
        ThreatsimError: there is no such classifier or archive, the budget leaves nothing to change, weights or patches
            are absent or damaged, or no table of photographs is kept for what is requested.
    """
    budget = budget_from(request.epsilon, request.pixel_range)
    attacks: dict[str, ImageAttack] = paper_attacks(budget) | _controls(request.controls)
    for spec in attacks.values():
        check_spec(spec)
    if (request.keep or request.extend) and (
        request.images is None or request.cases is not None or budget != PAPER_BUDGET
    ):
        raise ThreatsimError("a table is kept of all photographs of --images, under the paper's budget alone")
    names = tuple(dict.fromkeys(request.names)) or _default_names(request, budget)
    findings = findings_for(names, request.images, request.finding)
    found: dict[str, tuple[ClassifierTable, CurveOfPGD | None]] = {}
    if request.images is None:
        found = {name: kept for name in names if (kept := _kept(name, budget, attacks))}
    cases = SYNTHETIC_CASES if request.cases is None and request.images is None else request.cases
    subjects = [
        (name, subject_of(name, request.images, cases=cases, device=device, progress=progress, finding=findings[name]))
        for name in names
        if name not in found
    ]
    bank = OutcomeBank(cache_folder())
    wanted = {name: _with_patches(subject, attacks) for name, subject in subjects}
    before = {name: kept_table(subject.folder) if request.extend else None for name, subject in subjects}
    known = {name: unchanged(earlier, subject, wanted[name]) for name, subject in subjects if (earlier := before[name])}
    total = sum(
        outstanding(subject, {one: spec for one, spec in wanted[name].items() if one not in known.get(name, {})}, bank)
        for name, subject in subjects
    )
    with progress.stage("Attacks", total, "attacks") as advance:
        for name, subject in subjects:
            table = classifier_table(subject, wanted[name], bank, known=known.get(name), on_cases=advance)
            found[name] = table, None
    for name, subject in subjects:
        if subject.real:
            earlier, table = before[name], found[name][0]
            same = earlier is not None and "pgd_white_box" in known[name]  # the curve is of the same attack
            curve = earlier.curve if earlier and same else curve_of_pgd(subject, budget, bank, progress)
            found[name] = table, curve
            if request.keep:
                progress.note(f"Kept in {keep_table(subject, table, curve, budget, request.command)}.")
    if bank.remark:
        progress.note(bank.remark)
    curves = (found[name][1] for name in names)
    return PaperTables(
        tables=tuple(found[name][0] for name in names),
        curves=tuple(curve for curve in curves if curve is not None),
        budget=budget,
    )


def _controls(further: bool) -> dict[str, ImageAttack]:
    return {name: spec for name, spec in control_attacks().items() if further or name == COVERING}


def _default_names(request: TableRequest, budget: PixelBudget) -> tuple[str, ...]:
    """Name classifiers of photographs, then the paper's modalities; of each archive, the one trained on it."""
    added = [folder for folder in map(shipped, added_names()) if folder.card.photographs is not None]
    if request.images is None:
        measured = [
            folder.card.name
            for modality in TEST_IMAGES
            for folder in added
            if folder.card.modality == modality and has_paper_table(folder) and budget == PAPER_BUDGET
        ]
        return (*measured, *TEST_IMAGES)
    archives = list(find_archives(request.images))
    findings = findings_at(request.images, request.finding, archives)
    return tuple(
        next(
            (
                folder.card.name
                for folder in added
                if _is_of(folder.asked_for(findings.get(modality)), modality, request.images)
            ),
            modality,
        )
        for modality in archives
    )


def _is_of(folder: ClassifierFolder, modality: str, images: Path) -> bool:
    """Return whether a classifier was trained on the archive of this modality at `images`."""
    if folder.card.modality != modality:
        return False
    try:
        return archive_for(folder.card, images).test.source == folder.figures.images
    except ThreatsimError:  # made square in another way, or too few: another archive
        return False


def _kept(
    name: str, budget: PixelBudget, attacks: Mapping[str, ImageAttack]
) -> tuple[ClassifierTable, CurveOfPGD] | None:
    """Read the kept table of a classifier of photographs, without unwanted inputs; None for any other.

    Raises:
        ThreatsimError: there is none, or it is of another budget.
    """
    folder = shipped(name)
    if folder.card.photographs is None:
        return None
    kept = kept_table(folder)
    if kept is None or kept.budget != budget:
        there = "no table is kept" if kept is None else f"the table that is kept is of {kept.budget.label()}"
        raise ThreatsimError(
            f"'{name}' is of photographs, and {there}",
            location=str(folder.path),
            hint="Name the folder of the archive with --images to compute one.",
        )
    rows = tuple(row for row in kept.table.rows if row.input == "clean" or row.input in attacks)
    return kept.table.model_copy(update={"rows": rows}), kept.curve


def _with_patches(subject: AttackedClassifier, attacks: Mapping[str, ImageAttack]) -> dict[str, ImageAttack]:
    """Return the attacks of a table on one classifier: controls whose patch it was not given are left out.

    Raises:
        ThreatsimError: a patch of the paper's own is absent.
    """
    controls, patches = control_attacks(), subject.threat_model.patches
    available = {name: spec for name, spec in attacks.items() if name not in controls or spec.trained_patch in patches}
    for spec in available.values():
        check_trained_patch(subject, spec)
    return available
