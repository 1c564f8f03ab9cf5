"""`threatsim attack table`: for every classifier requested, the paper's table, and on real images the curve with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import check_spec
from threatsim.attacks.goal import UNTIL_SUCCESS
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import find_archives
from threatsim.common.cache import cache_folder
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.outcomes.lab.attack_options import budget_from
from threatsim.outcomes.lab.budget_curve import budget_grid, nested_curve
from threatsim.outcomes.lab.paper_table import ClassifierTable, classifier_table, outstanding
from threatsim.outcomes.making.attacker import AttackedClassifier, check_trained_patch, subject_of
from threatsim.outcomes.published.finlayson import TEST_IMAGES, control_attacks, paper_attacks
from threatsim.statistics.discrimination import proportion
from threatsim.statistics.estimate import Estimate

CURVE_CASES: Final = 200
"""Most cases that a curve is drawn from: its budgets are many, and its interval says what that costs."""


@dataclass(frozen=True)
class TableRequest:
    """What a user asks for.

    Attributes:
        names: classifiers; the one of each modality, or of each that there are images of, if empty.
        images: folder of real archives, or None for the synthetic cases.
        cases: test cases of each.
        epsilon, pixel_range: in place of the paper's budget, as typed.
        controls: whether patches that are not optimised, and the patch on the lens, are added.
    """

    names: tuple[str, ...]
    images: Path | None
    cases: int
    epsilon: str | None
    pixel_range: str | None
    controls: bool


class CurveOfPGD(BaseModel):
    """White-box PGD of one classifier by budget, the budgets nested."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: str = Field(description="The classifier's modality.")
    n: int = Field(description="Cases that it is drawn from.")
    levels: tuple[float, ...] = Field(description="Budgets in grey levels of 255.")
    wrong: tuple[Estimate, ...] = Field(description="Share wrongly classified at 0.5, of all: 1 - accuracy.")
    lifted: tuple[Estimate, ...] = Field(
        description="Of those without the finding and below the operating point, the share lifted over it."
    )


@dataclass(frozen=True)
class PaperTables:
    """The tables of all classifiers, and the curves of those with real images."""

    tables: tuple[ClassifierTable, ...]
    curves: tuple[CurveOfPGD, ...]
    budget: PixelBudget

    def flat(self) -> list[dict[str, object]]:
        """All rows for a machine."""
        return [row.flat() for table in self.tables for row in table.rows]

    @property
    def identity(self) -> str:
        """Hash of the rows, for a folder's name."""
        return hashlib.sha256(json.dumps(self.flat()).encode()).hexdigest()[:8]


def run_table(request: TableRequest, *, device: torch.device, progress: Progress) -> PaperTables:
    """Attack every classifier as the paper does; what the bank holds is not run again.

    Raises:
        ThreatsimError: there is no such classifier or archive, the budget leaves nothing to change, or weights or
            patches are absent or damaged.
    """
    budget = budget_from(request.epsilon, request.pixel_range)
    attacks: dict[str, ImageAttack] = paper_attacks(budget) | (control_attacks() if request.controls else {})
    for spec in attacks.values():
        check_spec(spec)
    names = request.names or (find_archives(request.images) if request.images else tuple(TEST_IMAGES))
    subjects = [
        subject_of(name, request.images, cases=request.cases, device=device, progress=progress)
        for name in dict.fromkeys(names)
    ]
    for subject in subjects:
        for spec in attacks.values():
            check_trained_patch(subject, spec)
    bank = OutcomeBank(cache_folder())
    total = sum(outstanding(subject, attacks, bank) for subject in subjects)
    with progress.stage("Attacks", total, "attacks") as advance:
        tables = tuple(classifier_table(subject, attacks, bank, on_cases=advance) for subject in subjects)
    real = [subject for subject in subjects if subject.real]
    curves = tuple(curve_of_pgd(subject, budget, bank, progress) for subject in real)
    if bank.remark:
        progress.note(bank.remark)
    return PaperTables(tables, curves, budget)


def curve_of_pgd(subject: AttackedClassifier, budget: PixelBudget, bank: OutcomeBank, progress: Progress) -> CurveOfPGD:
    """Success of white-box PGD by budget; each image stops at its first success.

    Args:
        subject: the classifier with its test cases, of which a sample is taken.
        budget: the attack's own.
        bank: where outcomes are looked up and kept.
        progress: told of each batch.
    """
    cases = subject.cases
    if len(cases) > CURVE_CASES:
        cases = cases.subset(np.sort(np.random.default_rng(1).permutation(len(cases))[:CURVE_CASES]))
    spec = paper_attacks(budget)["pgd_white_box"]
    grid, _ = budget_grid(spec.model_copy(update={"goal": UNTIL_SUCCESS}))
    clean = compute_outcomes(bank, subject.threat_model, cases, None)
    patients, positive = np.array(cases.patient_ids), cases.labels == 1
    eligible = ~positive & (clean < subject.threat_model.threshold)
    right = (clean >= 0.5) == positive
    work = len(grid) * int(right.sum() + eligible.sum())
    with progress.stage(f"Curve of {cases.modality}", work) as advance:

        def success_at(threat_model: ThreatModel, rows: Sequence[int]) -> NDArray[np.float64]:
            some, found = cases.subset(list(rows)), np.full(len(cases), np.inf)
            if len(rows):
                towards = torch.from_numpy(1 - some.labels.astype("int64"))
                found[list(rows)] = nested_curve(threat_model, some, towards, grid, on_cases=advance).success_at
            return found

        at_half = success_at(subject.threat_model.at(0.5), np.flatnonzero(right).tolist())
        at_point = success_at(subject.threat_model, np.flatnonzero(eligible).tolist())
    at_half[~right] = 0.0  # wrong without any change
    levels = tuple(grid_point.budget for grid_point in grid)
    return CurveOfPGD(
        modality=cases.modality,
        n=len(cases),
        levels=levels,
        wrong=tuple(proportion(at_half <= level, patients) for level in levels),
        lifted=tuple(proportion(at_point[eligible] <= level, patients[eligible]) for level in levels),
    )
