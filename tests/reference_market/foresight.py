"""What providers expect of the law (market.md, The law foreseen), reckoned directly, without tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

Z = 1.2815515655446004


def lower_limit(errors: float, n: float) -> float:
    """Return Wilson's one-sided 90 % lower limit of a rate (Accusation)."""
    if n == 0:
        return 0.0
    rate = errors / n
    root = math.sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    return max((rate + Z * Z / (2 * n) - Z * root) / (1 + Z * Z / n), 0.0)


@cache
def _odds(n: int, step: int, tolerated: float) -> tuple[float, float]:
    """Return accuses(n, e) and proven(n, e) at e = step / 256 (A sample)."""
    e, accuses, proven = step / 256, 0.0, 0.0
    for j in range(n + 1):
        if n and j / n > tolerated:
            chance = math.comb(n, j) * e**j * (1 - e) ** (n - j)
            accuses += chance
            proven += chance * lower_limit(j, n)
    return accuses, proven


def odds(n: int, rate: float, tolerated: float) -> tuple[float, float]:
    """Return chance of an accusation and mean proven rate, linear between multiples of 1/256 (A sample)."""
    place = min(max(rate, 0.0), 1.0) * 256
    low = min(int(place), 255)
    part = place - low
    a, b = _odds(n, low, tolerated), _odds(n, low + 1, tolerated)
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


@dataclass(frozen=True)
class Foreseen:
    """The terms of one law, as a provider knows it (first table of The law foreseen); times in weeks."""

    unsupported: float
    wronged: float
    borne: float
    stages_of: int  # K
    horizon: int  # H
    lookback: int  # L
    audit_lag: int  # d
    probe_lag: int  # d1
    resolution_lag: int  # d2
    bars: float  # B
    closer: float  # A
    sample: int | None  # claims of a probe
    tolerated: float
    spec: Any

    @property
    def k(self) -> int:
        """Stages of the recursion."""
        return min(self.stages_of, 12)


def foreseen(law: Any, payers: list[Any], horizon: int) -> Foreseen:
    """Return what is known of a law; means over its payers by their share."""
    total = sum(one.share for one in payers)

    def mean(of: Any) -> float:
        return sum(one.share * of(one) for one in payers) / total

    appeals = law.appeals
    lost = appeals.filed * appeals.overturned_unsupported if appeals else 0.0
    won = appeals.filed * appeals.overturned_supported if appeals else 0.0
    random = mean(lambda p: p.audit.random)
    audits = random + mean(lambda p: p.audit.targeted) + mean(lambda p: p.audit.network)
    agreement = law.integrity_agreement
    closer = 1 + (agreement.audits - 1) * random / audits if agreement and random else 1.0
    probe = law.probe
    return Foreseen(
        unsupported=mean(lambda p: p.audit.sensitivity) * (1 - lost),
        wronged=mean(lambda p: 1 - p.audit.specificity) * (1 - won),
        borne=mean(lambda p: p.share_of_allowed),
        stages_of=probe.after_findings if probe else law.findings_to_accuse,
        horizon=horizon,
        lookback=(probe.lookback or probe.window) if probe else horizon,
        audit_lag=round(mean(lambda p: math.ceil(p.audit.lag))),
        probe_lag=math.ceil(probe.lag) if probe else 0,
        resolution_lag=math.ceil(law.resolution_lag),
        bars=min(law.exclusion + law.termination, 1.0),
        closer=closer,
        sample=probe.claims if probe else None,
        tolerated=probe.tolerated_rate if probe else 0.0,
        spec=law,
    )


# A figure of the recursion is a list: accused and behind in each half, barred, charged, and (of whoever has been
# accused) the chance that the next accusation falls into each half, by which `behind` leaves out what came before.
ACCUSED, BEHIND, BARRED, CHARGED, NEXT, SIZE = 0, 2, 4, 5, 6, 8


def _poisson(mean: float, k: int) -> tuple[list[float], list[float]]:
    """Return q_0 .. q_(k-1) and T_0 .. T_k."""
    q = [math.exp(-mean)]
    for j in range(1, k):
        q.append(q[-1] * mean / j)
    tails = [1.0]
    for one in q:
        tails.append(max(tails[-1] - one, 0.0))
    return q, tails


def course(
    law: Foreseen, findings: float, tips: float, rate: float, before: float
) -> tuple[list[list[float]], list[list[list[float]]]]:
    """Return N_w for each week and V_w(m): what is expected from a week on (How cases come).

    Args:
        law: the law.
        findings: F, a week.
        tips: tau, tips that open a case, a week.
        rate: error rate of claims from now on.
        before: error rate of those before.
    """
    h, k = law.horizon, law.k
    d12 = law.probe_lag + law.resolution_lag
    over = d12 >= h or law.bars == 1  # nothing follows
    later = round(law.audit_lag * (1 - 1 / max(law.closer, 1)))
    after: list[list[list[float]]] = [] if over else _values(law, findings * law.closer, tips, rate, None, later, None)
    values = _values(law, findings, tips, rate, before, later, after)
    return [one[k] for one in values], values


def _values(
    law: Foreseen,
    findings: float,
    tips: float,
    rate: float,
    before: float | None,
    later: int,
    after: list[list[list[float]]] | None,
) -> list[list[list[float]]]:
    """Return V_w(m), w = 0 .. H, m = 0 .. k; V' itself where `after` is None (then `before` is as well)."""
    h, k, own = law.horizon, law.k, after is None
    d12 = law.probe_lag + law.resolution_lag
    mean = findings * k / law.stages_of
    q, tails = _poisson(mean, k)
    no_tip = math.exp(-tips)
    zero = [0.0] * SIZE
    table = [[zero] * (k + 1) for _ in range(h + 1)]
    chance = odds(law.sample, rate, law.tolerated)[0] if own and law.sample is not None else 1.0
    for w in range(h - 1, -1, -1):
        half = 0 if 2 * w < h else 1
        back = min(w + 1 + law.audit_lag, h, law.lookback)
        if not own and law.sample is not None:
            assert before is not None
            chance = odds(law.sample, before + back / law.lookback * (rate - before), law.tolerated)[0]
        case = [0.0] * SIZE
        follows = table if own else after
        if follows:
            begun = follows[min(w + 1 + d12 + later, h)][k]
            case = [(1 - law.bars) * one for one in begun]
            for other in (0, 1):
                case[BEHIND + other] -= (1 - law.bars) * w * begun[NEXT + other]
                case[NEXT + other] = 0.0
        case[BEHIND + half] += w if own else back
        case[ACCUSED + half] += 1
        case[NEXT + half] += 1
        case[BARRED] += law.bars * max(h - w - 1 - law.audit_lag - d12, 0)
        free = table[min(w + 1 + law.probe_lag, h)][k]
        opened = [f + chance * (c - f) for f, c in zip(free, case, strict=True)]
        nexts = table[w + 1]
        for m in range(1, k + 1):
            row = [(no_tip * tails[m] + 1 - no_tip) * one for one in opened]
            for j in range(m):
                weight, source = no_tip * q[j], nexts[m - j]
                row = [a + weight * b for a, b in zip(row, source, strict=True)]
            row[CHARGED] += no_tip * ((k - m) * tails[m] + mean * tails[m - 1])
            table[w][m] = row
    return table
