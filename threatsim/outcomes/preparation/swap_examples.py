"""Swaps of codes to look at: the published example before a run's classifier, and some of each tactic's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from threatsim.attacks.families.code_swap import CodeSwap, CodeThreatModel, swap
from threatsim.cases.codes.claim_set import Claim, ClaimSet
from threatsim.cases.codes.patient import Chart, Codes, code_lines
from threatsim.cases.codes.policy import SERVICES, Line, denied_by
from threatsim.classifiers.codes.perceptron import score_codes
from threatsim.common.outcome_table import OutcomeTable
from threatsim.outcomes.preparation.swapped_claim import SwappedClaim

_SHOWN: Final = 3
"""Swaps shown of each tactic."""
FINLAYSON: Final = (
    frozenset({"277.7", "429.9", "278.00"}),
    frozenset({"401.0", "272.0", "272.2", "429.9", "278.00"}),
)
"""The two code sets of the figure: denied, approved."""
FINLAYSON_CHART: Final = Chart(
    ("malignant hypertension", "hypercholesterolaemia", "mixed hyperlipidaemia", "obesity", "heart disease"),
    has_syndrome=True,
)
"""A patient of whom both are true."""
FINLAYSON_LINE: Final = Line("99214", SERVICES["99214"][1], 56)
"""What is billed; the figure does not say."""


def published_example(threat_model: CodeThreatModel) -> SwappedClaim:
    """Return the pair of code sets of Finlayson et al. (Science 363:1287, 2019), before this classifier."""
    before, after = FINLAYSON
    scores = score_codes(threat_model.victim, FINLAYSON, FINLAYSON_LINE)
    claim = Claim(FINLAYSON_CHART, FINLAYSON_LINE, before)
    return _swapped("", claim, after, float(scores[0]), float(scores[1]))


def swap_examples(
    threat_model: CodeThreatModel, cases: ClaimSet, table: OutcomeTable, swaps: Mapping[str, CodeSwap], threshold: float
) -> list[SwappedClaim]:
    """Choose of each tactic the first claims on which the swap succeeds; where it succeeds on none, the first claim.

    Args:
        threat_model: the networks.
        cases: the pool, N claims.
        table: their scores, with a column for each tactic.
        swaps: tactic name -> swap.
        threshold: of the payer on p(payable).
    """
    eligible = (table.labels == 0) & (table.clean < threshold)
    found = []
    for tactic, spec in swaps.items():
        success = np.flatnonzero(eligible & (table.attacked[tactic] >= threshold))
        for row in success[:_SHOWN] if success.size else np.flatnonzero(eligible)[:1]:
            claim = cases.claims[row]
            done = swap(threat_model, claim, spec, label=0)
            found.append(_swapped(tactic, claim, done.codes, float(table.clean[row]), done.score))
    return found


def _swapped(tactic: str, claim: Claim, after: Codes, score_before: float, score_after: float) -> SwappedClaim:
    return SwappedClaim(
        tactic=tactic,
        service=f"{claim.line.service} {SERVICES[claim.line.service][0]}",
        before=tuple(code_lines(claim.codes)),
        after=tuple(code_lines(after)),
        score_before=score_before,
        score_after=score_after,
        denied_before=tuple(denied_by(claim.codes, claim.line)),
        denied_after=tuple(denied_by(after, claim.line)),
    )
