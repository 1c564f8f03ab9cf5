"""Which attacked case a report shows of a tactic, and how it came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, grey_levels
from threatsim.common.outcome_table import OutcomeTable


@dataclass(frozen=True)
class ShownCase:
    """A case that is shown of a tactic.

    Attributes:
        row: of the case.
        share: of the cases that the tactic is tried on, those that it brings over the threshold.
    """

    row: int
    share: float


def shown_cases(table: OutcomeTable, tactics: Sequence[str], threshold: float) -> list[ShownCase]:
    """Return a case of each tactic: as many of them come over the threshold as do of all cases, to the nearest one.

    A tactic is tried on the cases without the finding that are rightly below the threshold when clean. Whether one is
    shown that comes over it follows from the shares of the tactics so far (error diffusion): of tactics with 40, 40 and
    40 %, one case succeeds. Where there is a choice it is a case that no other tactic shows.

    Args:
        table: the scores of N cases.
        tactics: columns of `attacked`.
        threshold: of the triage model on p(finding).
    """
    eligible = (table.labels == 0) & (table.clean < threshold)
    if not eligible.any():
        eligible = table.labels == 0
    owed = Fraction(0)
    shown: list[ShownCase] = []
    for tactic in tactics:
        over = table.attacked[tactic] >= threshold
        share = Fraction(int(over[eligible].sum()), int(eligible.sum()))
        owed += share
        wanted = eligible & (over == (owed >= Fraction(1, 2)))
        rows = np.flatnonzero(wanted if wanted.any() else eligible)
        fresh = [row for row in rows.tolist() if row not in {one.row for one in shown}]
        row = fresh[0] if fresh else int(rows[0])
        owed -= int(over[row])
        shown.append(ShownCase(row, float(share)))
    return shown


def before_and_after(
    threat_model: ThreatModel, cases: CaseSet, row: int, spec: ImageAttack
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], float]:
    """Attack one case again, alone.

    Args:
        threat_model: the networks and patches.
        cases: the pool, which an attack may take another patient's image from.
        row: of the case in the pool.
        spec: the attack.

    Returns:
        (3, H, W) grey levels before and after, and p(what the classifier looks for) after.
    """
    case = cases.subset([row])
    attacked = attack(threat_model, case, spec, pool=cases, batch=1)
    return grey_levels(case.images[0]), grey_levels(attacked.images[0]), float(attacked.scores[0])
