"""Success against epsilon on a run's own cases: every budget from the bank, survivors of the smaller ones only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from threatsim.common.progress import Progress
from threatsim.experiment.record.record import SuccessCurve
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.lab.budget_curve import GridPoint, budget_grid, in_report, requested_budget
from threatsim.outcomes.preparation.prepared import AnyAttack, Prepared
from threatsim.scenario.schema import Scenario
from threatsim.statistics.discrimination import proportion

CASES: Final = 40
"""Cases of a curve: enough for its shape, few enough that it adds seconds to a run and not minutes."""


@dataclass(frozen=True)
class _Eligible:
    """The cases that a curve is climbed with.

    Attributes:
        rows: (n,) their rows in the pool.
        threshold: what a score must reach.
    """

    rows: NDArray[np.int64]
    threshold: float


@dataclass(frozen=True)
class CurvedAttack:
    """An attack that has a curve.

    Attributes:
        own_budget: the scenario's, in grey levels of 255.
        grid: the attack at each budget, rising.
    """

    own_budget: float
    grid: Sequence[GridPoint]


def thresholds_now(prepared: Mapping[str, Prepared], scenario: Scenario) -> dict[str, float]:
    """Return the baseline threshold of each modality on the cases that a report shows attacks on.

    Args:
        prepared: classifiers, cases and scores.
        scenario: as the first arm sets it; its first payer's operating point counts.
    """
    point = scenario.payers[0].triage.operating_point
    return {name: operating_threshold(part.attacked_now.table, point) for name, part in prepared.items()}


def curves_of_all(
    prepared: Mapping[str, Prepared],
    attacks: Mapping[str, AnyAttack],
    bank: OutcomeBank,
    progress: Progress,
    scenario: Scenario,
) -> dict[str, tuple[SuccessCurve, ...]]:
    """Return the curves of every modality; swaps of codes have no gradient, and no curve.

    Args:
        prepared: classifiers, cases and scores.
        attacks: tactic name -> attack.
        bank: keeps the outcomes.
        progress: told of each curve.
        scenario: as the first arm sets it; a score must reach the threshold of its first payer.
    """
    curved_attacks = attacks_with_curve(attacks)
    if not curved_attacks:
        return dict.fromkeys(prepared, ())
    found, thresholds = {}, thresholds_now(prepared, scenario)
    with progress.stage("Success against epsilon", len(prepared) * len(curved_attacks)) as advance:
        for name, part in prepared.items():
            found[name] = success_curves(
                part.attacked_now, attacks, bank, threshold=thresholds[name], on_curve=lambda: advance(1)
            )
    return found


def success_curves(
    part: Prepared,
    attacks: Mapping[str, AnyAttack],
    bank: OutcomeBank,
    *,
    threshold: float,
    on_curve: Callable[[], None] = lambda: None,
) -> tuple[SuccessCurve, ...]:
    """Return the curves of one modality, a tactic each that climbs a gradient under a budget of grey levels.

    Args:
        part: classifier, cases and scores.
        attacks: tactic name -> attack, for the tactics that alter the image.
        bank: keeps the outcomes, as it does those that the market runs on.
        threshold: the baseline's; a score at or above it counts as the finding.
        on_curve: called after each curve.
    """
    table = part.table
    rows = np.flatnonzero((table.labels == 0) & (table.clean < threshold))[:CASES]
    curves = []
    for tactic, curved in attacks_with_curve(attacks).items():
        if len(rows):
            curves.append(_curve(part, tactic, curved, bank, _Eligible(rows, threshold)))
        on_curve()
    return tuple(curves)


def attacks_with_curve(attacks: Mapping[str, AnyAttack]) -> dict[str, CurvedAttack]:
    """Return those of the attacks that have a curve, by tactic."""
    return {
        tactic: CurvedAttack(requested_budget(spec) or 0.0, budget_grid(spec)[0])
        for tactic, spec in attacks.items()
        if in_report(spec)
    }


def _curve(part: Prepared, tactic: str, curved: CurvedAttack, bank: OutcomeBank, eligible: _Eligible) -> SuccessCurve:
    standing = eligible.rows
    fallen: list[int] = []
    success = []
    for grid_point in curved.grid:
        if len(standing):
            scores = part.attacked_scores(grid_point.spec, standing, bank)
            fallen += standing[scores >= eligible.threshold].tolist()
            standing = standing[scores < eligible.threshold]
        success.append(proportion(np.isin(eligible.rows, fallen), part.table.patients[eligible.rows]))
    return SuccessCurve(
        tactic=tactic,
        asked=curved.own_budget,
        budgets=tuple(float(grid_point.budget) for grid_point in curved.grid),
        success=tuple(success),
        cases=len(eligible.rows),
    )
