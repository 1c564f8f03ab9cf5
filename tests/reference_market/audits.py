"""Whom and what investigators audit (market.md, Audits; Outliers)."""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist
from typing import Any

from tests.reference_market.cases import Claim
from tests.reference_market.people import Practice


def upper_tail(n: int, p: float, j: int) -> float:
    """Return P(Binomial(n, p) >= j)."""
    return sum(
        math.exp(math.log(math.comb(n, i)) + i * math.log(p) + (n - i) * math.log1p(-p)) for i in range(j, n + 1)
    )


def outliers(practices: list[Practice], payer: int, audit: Any, week: int) -> set[int]:
    """Return the rows of practices whose rate of findings stands out among their peers (Outliers)."""
    found = set()
    for specialty in dict.fromkeys(one.specialty for one in practices):
        counts = []
        for one in practices:
            if one.specialty == specialty:
                weeks = [v for (b, w), v in one.billing.items() if b == payer and week - audit.window < w <= week]
                n, j = sum(v[0] for v in weeks), sum(v[1] for v in weeks)
                if n >= audit.least_claims:
                    counts.append((one.row, n, j))
        p = sum(j for _, _, j in counts) / (sum(n for _, n, _ in counts) or 1)
        if not 0 < p < 1:
            continue
        z = {row: (j - n * p) / math.sqrt(n * p * (1 - p)) for row, n, j in counts}
        ordered = sorted(z.values())
        cut = math.floor(0.1 * len(ordered))
        low, high = ordered[cut], ordered[len(ordered) - 1 - cut]
        spread = max(1.0, sum(min(max(one, low), high) ** 2 for one in ordered) / len(ordered))
        bound = audit.outlier_score * math.sqrt(spread)
        for row, n, j in counts:
            if z[row] > max(0.8 * bound, 0):
                tail = upper_tail(n, p, j)
                if tail <= 0 or (tail < 1 and NormalDist().inv_cdf(1 - tail) > bound):
                    found.add(row)
    return found


def draw(rng: Random, world: Any, b: int, claims: list[Claim], week: int) -> list[Claim]:
    """Return the claims that a payer audits of those it paid this week, most pressing kind first (Audits)."""
    payer, practices = world.payers[b], world.practices
    audit, m = payer.spec.audit, len(claims)
    kinds: dict[str, list[Claim]] = {}

    def take(kind: str, some: list[Claim]) -> None:
        kinds[kind] = some
        for claim in some:
            claim.audited = True

    def spend(kind: str, share: float, candidates: list[Claim]) -> None:
        left = [one for one in candidates if not one.audited]
        chance = min(1.0, share * m / len(left)) if left else 0.0
        take(kind, [one for one in left if rng.random() < chance])

    chosen = []
    for claim in claims:
        standing = claim.practice.standing[payer.law]
        agreed = world.laws[payer.law].integrity_agreement
        factor = agreed.audits if agreed and week <= standing.agreement_until else 1
        if rng.random() < min(1, audit.random) * factor:
            chosen.append(claim)
    take("random", chosen)
    if audit.targeted:
        rows = outliers(practices, b, audit, week)
        spend("targeted", audit.targeted, [one for one in claims if one.practice.row in rows])
    if audit.network:
        near = [
            one
            for one in claims
            if any(o.accused_week >= 0 and week - audit.window < o.accused_week for o in one.practice.neighbours)
        ]
        spend("network", audit.network, near)
    if audit.flagged:
        spend("flagged", audit.flagged, [one for one in claims if one.flagged])
    tipped = []
    for claim in claims:
        if claim.practice.tip_claims[b] > 0:
            claim.practice.tip_claims[b] -= 1
            if not claim.audited:
                tipped.append(claim)
    take("tip", tipped)
    drawn = []
    for kind in ("tip", "flagged", "network", "targeted", "random"):
        some = kinds.get(kind, [])
        rng.shuffle(some)
        drawn += some
    if audit.budget is not None:
        most = math.floor(audit.budget * (week + 1)) - math.floor(audit.budget * week)
        for claim in drawn[most:]:
            claim.audited = False
        drawn = drawn[:most]
    for claim in drawn:
        claim.objected = unsupported(rng, claim.truth, audit, world.laws[payer.law].appeals)
    return drawn


def unsupported(rng: Random, truth: bool, audit: Any, appeals: Any) -> bool:
    """Judge a claim by the true picture, then hear its appeal: whether an objection stands."""
    if rng.random() >= ((1 - audit.specificity) if truth else audit.sensitivity):
        return False
    if appeals is None or rng.random() >= appeals.filed:
        return True
    return rng.random() >= (appeals.overturned_supported if truth else appeals.overturned_unsupported)
