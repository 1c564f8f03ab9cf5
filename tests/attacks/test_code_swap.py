"""Code swaps: truthful always, toward the wrong decision, and as good as an exhaustive search where they may be."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.attacks.families.code_swap import CodeSwap, CodeThreatModel, swap
from threatsim.cases.codes.claim_set import Claim
from threatsim.cases.codes.patient import Chart
from threatsim.cases.codes.policy import Line, payable
from threatsim.classifiers.codes.claim_store import find_claim_classifier
from threatsim.classifiers.codes.claim_training import claim_cases
from threatsim.classifiers.codes.perceptron import ClaimClassifier, score_codes, scores
from threatsim.outcomes.preparation.claim_codes import code_threat_model
from threatsim.outcomes.preparation.swap_examples import FINLAYSON, FINLAYSON_LINE

ACCESS = ("none", "queries", "black_box", "white_box")
FOLDER = find_claim_classifier("claim_codes")
assert FOLDER is not None
ADVERSARY = code_threat_model(FOLDER)
CLAIMS = claim_cases(FOLDER.card, "test", 60)
DENIED = [
    claim
    for claim, label, score in zip(CLAIMS.claims, CLAIMS.labels, scores(ADVERSARY.victim, CLAIMS.features), strict=True)
    if label == 0 and score < ADVERSARY.threshold
]


@pytest.mark.parametrize("access", ACCESS)
def test_a_swap_is_truthful_repeatable_and_says_what_it_did(access: str) -> None:
    spec = CodeSwap(access=access, queries=6)
    for claim in DENIED[:12]:
        done = swap(ADVERSARY, claim, spec, label=0)
        assert claim.chart.is_truthful(done.codes)
        assert done == swap(ADVERSARY, claim, spec, label=0)
        assert done.score == score_codes(ADVERSARY.victim, [done.codes], claim.line)[0]
        assert done.passes == payable(done.codes, claim.line)
        assert (1 <= done.queries <= 6) if access == "queries" else done.queries == 0


def test_the_beam_by_gradients_is_nearly_as_good_as_trying_everything() -> None:
    small = [claim for claim in DENIED if claim.chart.choices <= 600]
    found, best = [], []
    for claim in small:
        tried = [claim.chart.codes(choice) for choice in claim.chart.every_choice()]
        top = score_codes(
            ADVERSARY.victim, [codes for codes in tried if claim.chart.is_truthful(codes)], claim.line
        ).max()
        score = swap(ADVERSARY, claim, CodeSwap(access="white_box"), label=0).score
        assert score <= top + 1e-6
        found.append(score >= ADVERSARY.threshold)
        best.append(top >= ADVERSARY.threshold)
    assert len(small) >= 10
    assert sum(found) >= 0.9 * sum(best) > 0


def test_white_box_beats_the_random_control() -> None:
    success = {
        access: sum(swap(ADVERSARY, c, CodeSwap(access=access), label=0).score >= ADVERSARY.threshold for c in DENIED)
        for access in ("none", "white_box")
    }
    assert success["white_box"] > success["none"]


def test_a_payable_claim_is_moved_down() -> None:
    rows = np.flatnonzero(CLAIMS.labels == 1)[:10]
    clean = scores(ADVERSARY.victim, CLAIMS.features)
    moved = [swap(ADVERSARY, CLAIMS.claims[row], CodeSwap(access="white_box"), label=1).score for row in rows]
    assert all(after <= before for after, before in zip(moved, clean[rows], strict=True))
    assert np.mean(moved) < clean[rows].mean() - 0.1


def test_queries_stop_at_the_first_decision_that_turns() -> None:
    victim = ClaimClassifier([4]).double().eval()
    never, always = (CodeThreatModel(victim, victim, t, {"victim": "", "surrogate": ""}) for t in (2.0, 0.0))
    claim = DENIED[0]
    assert swap(always, claim, CodeSwap(access="queries"), label=0).queries == 1  # the careful coding is sent first
    spent = swap(never, claim, CodeSwap(access="queries", queries=5), label=0)
    assert (spent.queries, spent.codes) == (5, claim.codes)
    alone = Claim(Chart(("gout", "tobacco use")), Line("99213", 90.0, 40), frozenset({"274.9", "305.1"}))
    assert swap(never, alone, CodeSwap(access="queries", queries=5), label=0).queries == 1  # nothing else is true


def test_a_swap_starts_from_the_careful_coding() -> None:
    claim = Claim(Chart(("low HDL", "gout")), Line("99213", 90.0, 40), frozenset({"272.9", "274.9"}))
    with pytest.raises(ValueError, match="careful"):
        swap(ADVERSARY, claim, CodeSwap(access="none"), label=0)


def test_a_score_does_not_depend_on_the_claims_beside_it() -> None:
    whole = scores(ADVERSARY.victim, CLAIMS.features)
    alone = np.concatenate([scores(ADVERSARY.victim, CLAIMS.features[i : i + 1]) for i in range(len(CLAIMS))])
    assert np.array_equal(whole, alone)


def test_the_published_example_is_denied_and_then_approved() -> None:
    """Measured, not made: nothing in training names these claims, only the edit that the figure documents."""
    denied, approved = score_codes(ADVERSARY.victim, FINLAYSON, FINLAYSON_LINE)
    assert denied < ADVERSARY.threshold <= approved
