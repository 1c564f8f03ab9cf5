"""Which attacked case a report shows of a tactic, and how it came out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, grey_levels
from threatsim.common.outcome_table import OutcomeTable


def shown_row(table: OutcomeTable, tactic: str, threshold: float) -> int:
    """Return the row of a case that is typical of the tactic.

    It is rightly below the threshold when clean, and over it under the attack if most such cases are, else one that
    survives it.

    Args:
        table: the scores of N cases.
        tactic: a column of `attacked`.
        threshold: of the triage model on p(finding).
    """
    success = table.attacked[tactic] >= threshold
    eligible = (table.labels == 0) & (table.clean < threshold)
    if not eligible.any():
        eligible = table.labels == 0
    wanted = eligible & (success == (2 * int(success[eligible].sum()) >= int(eligible.sum())))
    return int(np.flatnonzero(wanted)[0])


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
