"""Whom and what investigators audit (Audits; Outliers)."""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist
from typing import Any

from tests.reference_market.cases import Claim
from tests.reference_market.people import Practice


def upper_tail(n: int, p: float, j: int) -> float:
    """Return P(Binomial(n, p) >= j)."""
    up, down = math.log(p), math.log1p(-p)
    return sum(math.exp(math.log(math.comb(n, i)) + i * up + (n - i) * down) for i in range(j, n + 1))


def outliers(practices: list[Practice], payer: int, audit: Any, week: int) -> set[int]:
    """Return the rows of practices whose rate of findings stands out among their peers (Outliers)."""
    found = set()
    for specialty in dict.fromkeys(one.specialty for one in practices):
        counts = []
        for one in practices:
            weeks = [v for (b, w), v in one.billing.items() if b == payer and week - audit.window < w <= week]
            n, j = sum(v[0] for v in weeks), sum(v[1] for v in weeks)
            if one.specialty == specialty and n >= audit.least_claims:
                counts.append((one.row, n, j))
        p = sum(j for _, _, j in counts) / (sum(n for _, n, _ in counts) or 1)
        if not 0 < p < 1:
            continue
        z = [(j - n * p) / math.sqrt(n * p * (1 - p)) for _, n, j in counts]
        ordered, cut = sorted(z), math.floor(0.1 * len(z))
        low, high = ordered[cut], ordered[len(z) - 1 - cut]
        spread = max(1.0, sum(min(max(one, low), high) ** 2 for one in ordered) / len(z))
        bound = audit.outlier_score * math.sqrt(spread)
        for (row, n, j), score in zip(counts, z, strict=True):
            if score > max(0.8 * bound, 0):
                tail = upper_tail(n, p, j)
                if tail <= 0 or (tail < 1 and -NormalDist().inv_cdf(tail) > bound):
                    found.add(row)
    return found


def draw(rng: Random, world: Any, b: int, claims: list[Claim], week: int) -> list[Claim]:
    """Return the claims that a payer audits of those it paid this week, most pressing kind first (Audits)."""
    payer, kinds = world.payers[b], {}
    audit, law = payer.audit, world.laws[payer.law]

    def take(kind: str, some: list[Claim]) -> None:
        kinds[kind] = some
        for claim in some:
            claim.audited = True

    def spend(kind: str, share: float, candidates: list[Claim]) -> None:
        left = [one for one in candidates if not one.audited]
        chance = min(1.0, share * len(claims) / len(left)) if left else 0.0
        take(kind, [one for one in left if rng.random() < chance])

    def chance_of(claim: Claim) -> float:
        agreed = law.integrity_agreement and week <= claim.practice.standing[payer.law].agreement_until
        return min(1, audit.random) * (law.integrity_agreement.audits if agreed else 1)

    def near_accused(claim: Claim) -> bool:
        weeks = [one.accused_week for one in claim.practice.neighbours]
        return any(w >= 0 and week - audit.window < w for w in weeks)

    def tipped(claim: Claim) -> bool:
        left = claim.practice.tip_claims[b]
        claim.practice.tip_claims[b] = max(left - 1, 0)
        return left > 0 and not claim.audited

    take("random", [one for one in claims if rng.random() < chance_of(one)])
    if audit.targeted:
        rows = outliers(world.practices, b, audit, week)
        spend("targeted", audit.targeted, [one for one in claims if one.practice.row in rows])
    if audit.network:
        spend("network", audit.network, [one for one in claims if near_accused(one)])
    take("tip", [one for one in claims if tipped(one)])
    drawn = []
    for kind in ("tip", "network", "targeted", "random"):
        some = kinds.get(kind, [])
        rng.shuffle(some)
        drawn += some
    if audit.budget is not None:
        drawn = drawn[: math.floor(audit.budget * (week + 1)) - math.floor(audit.budget * week)]
    for claim in drawn:
        claim.objected = unsupported(rng, claim.truth, audit, law.appeals)
    return drawn


def unsupported(rng: Random, truth: bool, audit: Any, appeals: Any) -> bool:
    """Judge a claim by the true picture, then hear its appeal: whether an objection stands."""
    if rng.random() >= ((1 - audit.specificity) if truth else audit.sensitivity):
        return False
    if appeals is None or rng.random() >= appeals.filed:
        return True
    return rng.random() >= (appeals.overturned_supported if truth else appeals.overturned_unsupported)
