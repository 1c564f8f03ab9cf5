"""What providers expect of the law (The law foreseen), reckoned directly, without tables."""

from __future__ import annotations

import math
from functools import cache
from operator import mul
from types import SimpleNamespace
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
def odds_at(n: int, step: int, tolerated: float) -> tuple[float, float]:
    """Return accuses(n, e) and proven(n, e) at e = step / 256 (A sample)."""
    e, accuses, proven = step / 256, 0.0, 0.0
    for j in range(1, n + 1):
        if j / n > tolerated:
            chance = math.comb(n, j) * e**j * (1 - e) ** (n - j)
            accuses += chance
            proven += chance * lower_limit(j, n)
    return accuses, proven


def odds(n: int, rate: float, tolerated: float) -> tuple[float, float]:
    """Return the chance of an accusation and the mean proven rate, linear between steps (A sample)."""
    place = min(max(rate, 0.0), 1.0) * 256
    low = min(int(place), 255)
    part = place - low
    a, b = odds_at(n, low, tolerated), odds_at(n, low + 1, tolerated)
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def foreseen(law: Any, payers: list[Any], horizon: int) -> Any:
    """Return what is known of a law: the first table of The law foreseen, times in weeks."""
    total = sum(one.share for one in payers)

    def mean(of: Any) -> float:
        return sum(one.share * of(one) for one in payers) / total

    appeals, probe, agreement = law.appeals, law.probe, law.integrity_agreement
    lost = appeals.filed * appeals.overturned_unsupported if appeals else 0.0
    won = appeals.filed * appeals.overturned_supported if appeals else 0.0
    random = mean(lambda p: p.audit.random)
    audits = random + mean(lambda p: p.audit.targeted) + mean(lambda p: p.audit.network)
    needed = probe.after_findings if probe else law.findings_to_accuse
    return SimpleNamespace(
        spec=law,
        unsupported=mean(lambda p: p.audit.sensitivity) * (1 - lost),
        wronged=mean(lambda p: 1 - p.audit.specificity) * (1 - won),
        borne=mean(lambda p: p.share_of_allowed),
        needed=needed,  # K
        stages=min(needed, 12),  # k
        horizon=horizon,  # H
        lookback=(probe.lookback or probe.window) if probe else horizon,  # L
        audit_lag=round(mean(lambda p: math.ceil(p.audit.lag))),  # d
        probe_lag=math.ceil(probe.lag) if probe else 0,  # d1
        resolution_lag=math.ceil(law.resolution_lag),  # d2
        bars=min(law.exclusion + law.termination, 1.0),  # B
        closer=1 + (agreement.audits - 1) * random / audits if agreement and random else 1.0,  # A
        probe=probe,
    )


# A figure of the recursion is a list: accused and behind in each half, barred, charged, and (of whoever has been
# accused) the chance that the next accusation falls into each half, by which `behind` leaves out what came before.
ACCUSED, BEHIND, BARRED, CHARGED, NEXT, SIZE = 0, 2, 4, 5, 6, 8
Table = list[list[list[float]]]


def course(law: Any, findings: float, tips: float, rate: float, before: float) -> Table:
    """Return V_w(m), w = 0 .. H, m = 0 .. k, at F, tau, the error rate and that of before (How cases come)."""
    over = law.probe_lag + law.resolution_lag >= law.horizon or law.bars == 1  # nothing follows
    after = None if over else recursion(law, findings * law.closer, tips, rate)
    return recursion(law, findings, tips, rate, before, after)


def recursion(
    law: Any, findings: float, tips: float, rate: float, before: float | None = None, after: Table | None = None
) -> Table:
    """Return V_w(m), with what follows an accusation; without `before` V' of the accused, which follows itself."""
    h, k, own = law.horizon, law.stages, before is None
    wait = law.probe_lag + law.resolution_lag
    begins = 1 + wait + round(law.audit_lag * (1 - 1 / max(law.closer, 1)))
    mean, no_tip = findings * k / law.needed, math.exp(-tips)
    q, tails = [math.exp(-mean)], [1.0]
    for j in range(1, k + 1):
        tails.append(max(tails[-1] - q[-1], 0.0))
        q.append(q[-1] * mean / j)
    table = [[[0.0] * SIZE for _ in range(k + 1)] for _ in range(h + 1)]
    follows = table if own else after
    for w in reversed(range(h)):
        half = 0 if 2 * w < h else 1
        back = w if own else min(w + 1 + law.audit_lag, h, law.lookback)
        error = rate if before is None else before + back / law.lookback * (rate - before)
        accuses = odds(law.probe.claims, error, law.probe.tolerated_rate)[0] if law.probe else 1.0
        case = [0.0] * SIZE
        if follows is not None:
            case = [(1 - law.bars) * one for one in follows[min(w + begins, h)][k]]
            for other in (0, 1):
                case[BEHIND + other] -= w * case[NEXT + other]
                case[NEXT + other] = 0.0
        case[ACCUSED + half] += 1
        case[BEHIND + half] += back
        case[NEXT + half] += 1
        case[BARRED] += law.bars * max(h - w - 1 - law.audit_lag - wait, 0)
        opened = mixed([1 - accuses, accuses], [table[min(w + 1 + law.probe_lag, h)][k], case])
        for m in range(1, k + 1):
            weights = [no_tip * tails[m] + 1 - no_tip, *(no_tip * q[j] for j in range(m))]
            table[w][m] = mixed(weights, [opened, *(table[w + 1][m - j] for j in range(m))])
            table[w][m][CHARGED] += no_tip * ((k - m) * tails[m] + mean * tails[m - 1])
    return table


def mixed(weights: list[float], figures: list[list[float]]) -> list[float]:
    """Return the weighted sum of figures."""
    return [sum(map(mul, weights, column)) for column in zip(*figures, strict=True)]
