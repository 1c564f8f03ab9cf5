"""Investigators: which paid claims a payer audits, and what the audits find after their lag."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from threatsim.market.agents import Agent, Model
from threatsim.market.payers import Payer
from threatsim.market.providers import HONEST, ProviderTable


@dataclass(frozen=True)
class Closed:
    """Audits that close in one week.

    Attributes:
        audits: number of audits.
        provider, tactic: (f,) the claims found: provider row, and tactic or `HONEST`.
        cleared: (P,) false claims of the same weeks that can no longer be found out.
    """

    audits: int
    provider: NDArray[np.int64]
    tactic: NDArray[np.int8]
    cleared: NDArray[np.int64]


def robust_z(rate: NDArray[np.float64], groups: list[slice]) -> NDArray[np.float64]:
    """Return how far each rate lies above the median of its group, in robust deviations; NaN stays NaN.

    The standard deviation is 1.4826 times the median absolute deviation; where that is zero (most rates are
    equal), 1.2533 times the mean absolute deviation (Iglewicz and Hoaglin 1993, How to Detect and Handle
    Outliers). Where that is zero too, all rates are equal and the scores are 0.
    """
    scores = np.full(rate.shape, np.nan)
    for group in groups:
        mine = rate[group]
        known = mine[np.isfinite(mine)]
        if not known.size:
            continue
        centre = _median(known)
        away = np.abs(known - centre)
        spread = 1.4826 * _median(away) or 1.2533 * float(away.mean()) or 1.0
        scores[group] = (mine - centre) / spread
    return scores


def _median(values: NDArray[np.float64]) -> float:
    """The median; several times faster than NumPy's on a few hundred values."""
    ordered = np.sort(values)
    middle = ordered.size // 2
    return float(ordered[middle] if ordered.size % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


class Investigator(Agent):
    """The post-payment auditor of one payer.

    Args:
        model: the market.
        payer: the payer, whose claims of the week it audits.
        table: the providers, ordered by specialty.
        weeks: weeks of the run; an audit that closes later is never seen.
    """

    def __init__(self, model: Model, payer: Payer, table: ProviderTable, weeks: int) -> None:
        super().__init__(model)
        self.payer, self.spec, self.weeks = payer, payer.spec.audit, weeks
        spec = self.spec
        self.lag = math.ceil(float(spec.lag))
        edges = np.flatnonzero(np.diff(table.specialty)) + 1
        bounds = [0, *edges.tolist(), len(table)]
        self._groups = [slice(start, stop) for start, stop in pairwise(bounds)]
        self._history = np.zeros((spec.window, 2, len(table)), np.int32)
        self._billing = np.zeros((2, len(table)), np.int64)  # claims, and those with the finding, over the window
        self._open: defaultdict[int, list[Closed]] = defaultdict(list)

    def watch(self, week: int, claims: NDArray[np.int64], with_finding: NDArray[np.int64]) -> None:
        """Take in the week's (P,) claims, and those billed with the finding, for the comparison of peers."""
        oldest = self._history[week % self.spec.window]
        current = np.stack([claims, with_finding])
        self._billing += current - oldest
        oldest[:] = current

    def targets(self) -> NDArray[np.bool_]:
        """Return (P,) whose rate of findings over the window stands out among the peers of the specialty."""
        claims, with_finding = self._billing
        rate = np.divide(with_finding, claims, out=np.full(claims.shape, np.nan), where=claims > 0)
        with np.errstate(invalid="ignore"):
            return robust_z(rate, self._groups) > float(self.spec.outlier_score)

    def audit(self) -> None:
        """Draw this week's audits from the claims paid with the finding, and open them.

        Each claim is drawn with the share `random`. A budget of `targeted` times the claims paid is spent on
        the claims of targets that were not drawn at random, each with the same chance; what the targets'
        claims do not use up is not spent. An audit finds an unsupported claim with `sensitivity`, and wrongly
        finds a supported one with 1 - `specificity`.
        """
        spec, claims, draws = self.spec, self.payer.mine, self.payer.draws
        if float(spec.random) > 0:
            claims.audited[:] = draws("audit_random")[claims.row] < np.float32(spec.random)
            claims.audited &= claims.paid
        if float(spec.targeted) > 0:
            on_target = claims.paid & self.targets()[claims.provider] & ~claims.audited
            candidates = np.flatnonzero(on_target)
            if candidates.size:
                chance = min(1.0, float(spec.targeted) * np.count_nonzero(claims.paid) / candidates.size)
                claims.audited[candidates] = draws("audit_targeted")[claims.row[candidates]] < np.float32(chance)
        due = self.payer.week + self.lag
        claims.found[:] = claims.caught
        if due >= self.weeks:
            return
        drawn = np.flatnonzero(claims.audited)
        if drawn.size:
            found_rate = np.where(claims.truth[drawn], 1 - np.float32(spec.specificity), np.float32(spec.sensitivity))
            drawn_found = drawn[draws("audit_verdict")[claims.row[drawn]] < found_rate]
            claims.found[drawn_found] = True
        else:
            drawn_found = drawn
        undetected = claims.provider[(claims.tactic != HONEST) & ~claims.found]
        cleared = np.bincount(undetected, minlength=self._billing.shape[1])
        self._open[due].append(Closed(drawn.size, claims.provider[drawn_found], claims.tactic[drawn_found], cleared))

    def close(self, week: int) -> list[Closed]:
        """Return the audits that close this week."""
        return self._open.pop(week, [])
