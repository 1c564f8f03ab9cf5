"""White-box PGD of one classifier by budget: share of images wrong, and of negatives over the operating point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import UNTIL_SUCCESS
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.outcomes.lab.budget_curve import budget_grid, nested_curve
from threatsim.outcomes.making.attacker import AttackedClassifier
from threatsim.outcomes.published.finlayson_attacks import paper_attacks
from threatsim.statistics.discrimination import proportion
from threatsim.statistics.estimate import Estimate

CURVE_CASES: Final = 200
"""Most cases that a curve is drawn from: its budgets are many, and its interval says what that costs."""


class CurveOfPGD(BaseModel):
    """White-box PGD of one classifier by budget, the budgets nested."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: str = Field(description="The classifier's modality.")
    n: int = Field(description="Cases that it is drawn from.")
    levels: tuple[float, ...] = Field(description="Budgets in grey levels of 255.")
    wrong: tuple[Estimate, ...] = Field(description="Share wrongly classified at 0.5, of all: 1 - accuracy.")
    shuffled: tuple[Estimate, ...] = Field(
        description="The same of the control: each image's change at its budget, the pixels in random order."
    )
    lifted: tuple[Estimate, ...] = Field(
        description="Of those without the finding and below the operating point, the share lifted over it."
    )


def curve_of_pgd(subject: AttackedClassifier, budget: PixelBudget, bank: OutcomeBank, progress: Progress) -> CurveOfPGD:
    """Measure success of white-box PGD by budget; each image stops at its first success.

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

        def attacked(threat_model: ThreatModel, rows: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
            """Return (N,) each case's first budget of success, and (B, N) whether its shuffled change succeeds."""
            success_at, control = np.full(len(cases), np.inf), np.zeros((len(grid), len(cases)), dtype=np.bool_)
            if len(rows):
                some = cases.subset(list(rows))
                towards = torch.from_numpy(1 - some.labels.astype("int64"))
                found = nested_curve(threat_model, some, towards, grid, on_cases=advance)
                success_at[list(rows)] = found.success_at
                if found.control is not None:
                    control[:, list(rows)] = found.control
            return success_at, control

        at_half, control = attacked(subject.threat_model.at(0.5), np.flatnonzero(right).tolist())
        at_point, _ = attacked(subject.threat_model, np.flatnonzero(eligible).tolist())
    at_half[~right] = 0.0  # wrong without any change
    levels = tuple(grid_point.budget for grid_point in grid)
    return CurveOfPGD(
        modality=cases.modality,
        n=len(cases),
        levels=levels,
        wrong=tuple(proportion(at_half <= level, patients) for level in levels),
        shuffled=tuple(proportion(~right | success, patients) for success in control),
        lifted=tuple(proportion(at_point[eligible] <= level, patients[eligible]) for level in levels),
    )
