"""Code swaps: another truthful description of the same patient, on which a classifier decides otherwise.

As in the claims example of Finlayson et al. (Science 363:1287, 2019): every code is true of the patient before and
after, and only the combination is chosen for the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from threatsim.attacks.base import Attack
from threatsim.cases.codes.claim_set import Claim, features
from threatsim.cases.codes.patient import Choice, Codes
from threatsim.cases.codes.policy import payable
from threatsim.classifiers.codes.perceptron import ClaimClassifier, code_gradient, score_codes

SWAP_VERSION = 1
"""Raised when a swap finds other codes than before, so that no kept outcome is believed."""


class CodeSwap(Attack):
    """True codes exchanged for other true codes of the same patient."""

    family: Literal["code_swap"] = "code_swap"
    access: Literal["none", "white_box", "black_box", "queries"] = Field(
        default="none",
        description="Who leads the search: nobody (a random truthful description, the control), the payer's classifier "
        "or a surrogate by their gradients, or the payer's decisions on claims sent one after another.",
    )
    queries: int = Field(default=20, ge=1, le=100_000, description="queries: claims sent for one case at most.")
    beam: int = Field(default=4, ge=1, le=100, description="By gradients: descriptions kept at each step.")
    tried: int = Field(default=8, ge=1, le=1000, description="By gradients: swaps of each that are scored.")
    swaps: int = Field(default=8, ge=1, le=100, description="By gradients: greatest number of steps.")

    def describe(self) -> str:
        """Return the attack in a line."""
        if self.access == "none":
            return "Code swap, a random truthful description"
        if self.access == "queries":
            return f"Code swap, decisions only, up to {self.queries} claims a case, fewest changes first"
        return f"Code swap, {self.knowledge}, beam search by gradients"


@dataclass(frozen=True)
class CodeThreatModel:
    """Whom swaps are run against.

    Attributes:
        victim, surrogate: networks in double precision.
        threshold: of the payer on p(payable), which decides what a query answers.
        fingerprints: hashes of both networks' weights.
    """

    victim: ClaimClassifier
    surrogate: ClaimClassifier
    threshold: float
    fingerprints: dict[str, str]

    def depends_on(self, spec: CodeSwap) -> dict[str, str]:
        """Return what the outcome of a swap depends on: weights, and the threshold if decisions are queried."""
        contents = {**self.fingerprints, "threshold": repr(self.threshold)}
        return {name: contents[name] for name in spec.inputs(contents)}


@dataclass(frozen=True)
class Swapped:
    """What became of a claim.

    Attributes:
        codes: as they are sent.
        score: the victim's p(payable) on them.
        queries: claims sent, the last one included; 0 where there is no query.
        passes: whether the payer's own edits would pay the claim as sent.
    """

    codes: Codes
    score: float
    queries: int
    passes: bool


def swap(threat_model: CodeThreatModel, claim: Claim, spec: CodeSwap, *, label: int, seed: int = 0) -> Swapped:
    """Swap the codes of a carefully coded claim toward the wrong decision: label 0 up, label 1 down.

    The outcome depends on the claim, the attack, the networks and the seed alone.

    Args:
        threat_model: the payer's network and the attacker's own.
        claim: the claim.
        spec: the attack.
        label: the claim's true label, 1 if it is payable.
        seed: of the order in which swaps are tried.

    Raises:
        ValueError: the claim is not coded carefully, or a code would be sent that is not true of the patient.
    """
    chart = claim.chart
    if chart.codes(chart.careful) != claim.codes:
        raise ValueError("swaps start from the careful coding")
    rng = np.random.default_rng([seed, int(claim.fingerprint[:15], 16)])
    queries = 0
    if spec.access == "none":
        codes = _random(claim, rng)
    elif spec.access == "queries":
        codes, queries = _by_decisions(threat_model, claim, spec, label, rng)
    else:
        leader = threat_model.victim if spec.access == "white_box" else threat_model.surrogate
        codes = _by_gradients(leader, claim, spec, label)
    if not chart.is_truthful(codes):
        raise ValueError(f"a swap must be truthful, and {sorted(codes)} is not")
    score = float(score_codes(threat_model.victim, [codes], claim.line)[0])
    return Swapped(codes, score, queries, payable(codes, claim.line))


def _random(claim: Claim, rng: np.random.Generator) -> Codes:
    """Draw a description in which every slot is drawn anew; the careful one may come up again."""
    chart = claim.chart
    choice = chart.careful
    for slot, options in enumerate(chart.slots):
        wanted = int(rng.integers(len(options)))
        choice = next((moved for moved in chart.moves(choice) if moved[slot] == wanted), choice)
    codes = chart.codes(choice)
    return codes if chart.is_truthful(codes) else claim.codes


def _by_decisions(
    threat_model: CodeThreatModel, claim: Claim, spec: CodeSwap, label: int, rng: np.random.Generator
) -> tuple[Codes, int]:
    """Send truthful descriptions, those with the fewest changes first, until one is approved or enough were sent.

    If none is approved the careful coding is what stands.
    """
    sent = 0
    for codes in _outward(claim, rng):
        sent += 1
        paid = float(score_codes(threat_model.victim, [codes], claim.line)[0]) >= threat_model.threshold
        if paid != bool(label):
            return codes, sent
        if sent == spec.queries:
            break
    return claim.codes, sent


def _outward(claim: Claim, rng: np.random.Generator) -> Iterator[Codes]:
    """Yield code sets by number of slots changed, in random order among equals, none twice; the careful one first."""
    chart = claim.chart
    seen: set[Codes] = {claim.codes}
    yield claim.codes
    shell, reached = [chart.careful], {chart.careful}
    while shell:
        following: list[Choice] = []
        for choice in shell:
            for moved in chart.moves(choice):
                if moved not in reached:
                    reached.add(moved)
                    following.append(moved)
        shell = [following[place] for place in rng.permutation(len(following))]
        for choice in shell:
            codes = chart.codes(choice)
            if codes not in seen and chart.is_truthful(codes):
                seen.add(codes)
                yield codes


def _by_gradients(leader: ClaimClassifier, claim: Claim, spec: CodeSwap, label: int) -> Codes:
    """Search by beam for the best score: swaps ranked to first order, the best scored (HotFlip, arXiv 1712.06751)."""
    chart, line = claim.chart, claim.line
    sign = -1.0 if label else 1.0
    best = claim.codes
    best_score = sign * float(score_codes(leader, [best], line)[0])
    beam, seen = [chart.careful], {best}
    for _ in range(spec.swaps):
        gradients = sign * code_gradient(leader, [chart.codes(choice) for choice in beam], line)
        candidates: dict[Codes, Choice] = {}
        for choice, gradient in zip(beam, gradients, strict=True):
            moves = {chart.codes(moved): moved for moved in chart.moves(choice)}
            new = [codes for codes in moves if codes not in seen and chart.is_truthful(codes)]
            if new:
                gains = features((codes, line) for codes in new) @ gradient
                foremost = np.argsort(-gains, kind="stable")[: spec.tried]
                candidates |= {new[place]: moves[new[place]] for place in foremost}
        if not candidates:
            break
        seen |= set(candidates)
        reached = sign * score_codes(leader, list(candidates), line)
        order = np.argsort(-reached, kind="stable")[: spec.beam]
        ranked = list(candidates.items())
        if reached[order[0]] > best_score:
            best, best_score = ranked[order[0]][0], float(reached[order[0]])
        beam = [ranked[place][1] for place in order]
    return best
