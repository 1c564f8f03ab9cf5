"""What a run says of code swaps beyond scores: whether the policy itself would pay, and swaps to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from threatsim.attacks.families.code_swap import CodeSwap, swap
from threatsim.cases.codes.claim_set import Claim
from threatsim.cases.codes.patient import Chart, Codes, said
from threatsim.cases.codes.policy import SERVICES, Line, denied_by
from threatsim.classifiers.codes.perceptron import score_codes
from threatsim.experiment.record.record import AttackFigures, ClassifierFigures, SwapExample
from threatsim.outcomes.preparation.claim_codes import PreparedClaims
from threatsim.statistics.discrimination import proportion

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


def with_swaps(figures: ClassifierFigures, part: PreparedClaims, swaps: Mapping[str, CodeSwap]) -> ClassifierFigures:
    """The figures with the share of successes that the policy's own edits would pay, and with examples.

    Args:
        figures: of the classifier, with its threshold.
        part: the claims and what became of them.
        swaps: tactic name -> swap.
    """
    attacks = tuple(_with_policy(attack, part, figures.threshold) for attack in figures.attacks)
    examples = [_published(part)]
    for name, spec in swaps.items():
        examples += _examples(name, spec, part, figures.threshold)
    return figures.model_copy(update={"attacks": attacks, "examples": tuple(examples)})


def _with_policy(attack: AttackFigures, part: PreparedClaims, threshold: float) -> AttackFigures:
    outcome, table = part.outcomes[attack.tactic], part.table
    lifted = (table.labels == 0) & (table.clean < threshold) & (outcome.scores >= threshold)
    return attack.model_copy(update={"passes_policy": proportion(outcome.passes[lifted], table.patients[lifted])})


def _examples(name: str, spec: CodeSwap, part: PreparedClaims, threshold: float) -> list[SwapExample]:
    """The first claims that the swap turns; where it turns none, the first one that withstands it."""
    table, scores = part.table, part.outcomes[name].scores
    eligible = (table.labels == 0) & (table.clean < threshold)
    turned = np.flatnonzero(eligible & (scores >= threshold))
    rows = turned[:_SHOWN] if turned.size else np.flatnonzero(eligible)[:1]
    found = []
    for row in rows:
        claim = part.cases.claims[row]
        done = swap(part.adversary, claim, spec, label=0)
        found.append(_example(name, claim, done.codes, float(table.clean[row]), done.score))
    return found


def _published(part: PreparedClaims) -> SwapExample:
    before, after = FINLAYSON
    scores = score_codes(part.adversary.victim, FINLAYSON, FINLAYSON_LINE)
    claim = Claim(FINLAYSON_CHART, FINLAYSON_LINE, before)
    return _example("", claim, after, float(scores[0]), float(scores[1]))


def _example(tactic: str, claim: Claim, after: Codes, score_before: float, score_after: float) -> SwapExample:
    return SwapExample(
        tactic=tactic,
        service=f"{claim.line.service} {SERVICES[claim.line.service][0]}",
        before=tuple(said(claim.codes)),
        after=tuple(said(after)),
        score_before=score_before,
        score_after=score_after,
        denied_before=tuple(denied_by(claim.codes, claim.line)),
        denied_after=tuple(denied_by(after, claim.line)),
    )
