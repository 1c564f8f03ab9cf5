"""Success against epsilon on a run's own cases: every budget from the bank, survivors of the smaller ones only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.registry import AttackSpec
from threatsim.common.progress import Progress
from threatsim.experiment.record.record import ClassifierFigures, SuccessCurve
from threatsim.experiment.tactics import AnyAttack
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import forge
from threatsim.outcomes.lab.budget_curve import ladder
from threatsim.outcomes.preparation.claim_codes import PreparedClaims
from threatsim.outcomes.preparation.images import Prepared
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


def with_curves(
    figures: Sequence[ClassifierFigures],
    prepared: Mapping[str, Prepared] | Mapping[str, PreparedClaims],
    attacks: Mapping[str, AnyAttack],
    bank: OutcomeBank,
    progress: Progress,
) -> list[ClassifierFigures]:
    """The figures of every modality with its curves; claims of codes have no gradient to climb, and none.

    Args:
        figures: of every modality of `prepared`.
        prepared: classifiers, cases and scores.
        attacks: tactic name -> attack.
        bank: keeps the outcomes.
        progress: told of each curve.
    """
    images = {name: part for name, part in prepared.items() if isinstance(part, Prepared)}
    climbers = climbing(attacks)
    if not climbers or not images:
        return list(figures)
    with progress.stage("Success against epsilon", len(images) * len(climbers)) as advance:
        found = {}
        for one in figures:
            if one.modality in images:
                found[one.modality] = success_curves(
                    images[one.modality], attacks, bank, threshold=one.threshold, on_curve=lambda: advance(1)
                )
    return [one.model_copy(update={"curves": found.get(one.modality, ())}) for one in figures]


def success_curves(
    part: Prepared,
    attacks: Mapping[str, AnyAttack],
    bank: OutcomeBank,
    *,
    threshold: float,
    on_curve: Callable[[], None] = lambda: None,
) -> tuple[SuccessCurve, ...]:
    """The curves of one modality, a tactic each that climbs a gradient under a budget of grey levels.

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
    for tactic, spec in climbing(attacks).items():
        if len(rows):
            curves.append(_curve(part, tactic, spec, bank, _Eligible(rows, threshold)))
        on_curve()
    return tuple(curves)


def climbing(attacks: Mapping[str, AnyAttack]) -> dict[str, AttackSpec]:
    """Those of the attacks that have a curve: gradient attacks under a bound on the change of each pixel."""
    return {
        tactic: spec
        for tactic, spec in attacks.items()
        if isinstance(spec, FGSM | PGD | APGD) and spec.budget.norm == "linf"
    }


def _curve(part: Prepared, tactic: str, spec: AttackSpec, bank: OutcomeBank, eligible: _Eligible) -> SuccessCurve:
    rungs, _ = ladder(spec)
    budget = getattr(spec, "budget")  # noqa: B009 - every attack of `climbing` has one
    standing = eligible.rows
    fallen: list[int] = []
    success = []
    for rung in rungs:
        if len(standing):
            found = forge(bank, part.adversary, part.cases.subset(standing), rung.spec)
            scores = 1 - found if part.absence else found  # as the table has them (`Prepared.claimed`)
            fallen += standing[scores >= eligible.threshold].tolist()
            standing = standing[scores < eligible.threshold]
        success.append(proportion(np.isin(eligible.rows, fallen), part.table.patients[eligible.rows]))
    return SuccessCurve(
        tactic=tactic,
        asked=float(budget.whole_levels or budget.radius * 255),
        budgets=tuple(float(rung.budget) for rung in rungs),
        success=tuple(success),
        cases=len(eligible.rows),
    )
