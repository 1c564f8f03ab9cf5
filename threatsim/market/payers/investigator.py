"""Investigators: which paid claims a payer audits, and what the audits find after their lag."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from threatsim.market.agents import Agent, Model
from threatsim.market.conventions import HONEST, NO_WEEK
from threatsim.market.payers.outliers import outliers
from threatsim.market.payers.payer_agent import PayerAgent, whole_in_week
from threatsim.market.providers.table import ProviderTable
from threatsim.market.referrals import Neighbours
from threatsim.scenario.schema import Law

Rows = NDArray[np.int64]
_RANDOM, _TARGETED, _NETWORK, _FLAGGED, _TIP = range(5)
"""Why a claim is audited; of a budget that is too small the later ones are served first."""


@dataclass(frozen=True)
class Closed:
    """Audits that close in one week.

    Attributes:
        week: in which their claims were paid.
        audited: (n,) provider row of each audit.
        provider, tactic: (f,) the claims with an audit finding: provider row, and tactic or `HONEST`.
        appealed: (k,) provider row of each appeal, whatever became of it.
        cleared_provider, cleared_tactic: (c,) the paid false claims of that week that no audit can find any more.
    """

    week: int
    audited: Rows
    provider: Rows
    tactic: NDArray[np.int8]
    appealed: Rows
    cleared_provider: Rows
    cleared_tactic: NDArray[np.int8]


class Investigator(Agent):
    """The post-payment auditor of one payer.

    Args:
        model: the market.
        payer: the payer, whose claims of the week it audits.
        table: the providers, ordered by specialty.
        law: that of the payer, for appeals and tips.
        neighbours: the referral network.
        weeks: weeks of burn-in and record; an audit that closes later is never seen.

    Attributes:
        random_share: share of the claims paid that is audited at random, which the payer may move.
        factor: what the shares of audits are multiplied by, likewise.
        watched: (P,) what the random share is multiplied by for each provider; None: by 1 for all.
    """

    def __init__(
        self, model: Model, payer: PayerAgent, table: ProviderTable, law: Law, neighbours: Neighbours, weeks: int
    ) -> None:
        super().__init__(model)
        self.payer, self.spec, self.weeks = payer, payer.spec.audit, weeks
        self._table, self._law, self._neighbours = table, law, neighbours
        spec = self.spec
        self.random_share, self.factor = float(spec.random), 1.0
        self.watched: NDArray[np.float32] | None = None
        self.lag = math.ceil(float(spec.lag))
        edges = np.flatnonzero(np.diff(table.specialty)) + 1
        bounds = [0, *edges.tolist(), len(table)]
        self._groups = [slice(start, stop) for start, stop in pairwise(bounds)]
        self._history = np.zeros((spec.window, 2, len(table)), np.int32)
        self._billing = np.zeros((2, len(table)), np.int64)  # claims, and those with the finding, over the window
        self._open: defaultdict[int, list[Closed]] = defaultdict(list)
        self._to_probe = np.zeros(len(table), np.int64)

    def watch(self, week: int, claims: Rows, with_finding: Rows) -> None:
        """Take in the week's (P,) claims, and those billed with the finding, for the comparison of peers."""
        oldest = self._history[week % self.spec.window]
        current = np.stack([claims, with_finding])
        self._billing += current - oldest
        oldest[:] = current

    def tip(self, rows: Rows) -> None:
        """Take in tips on some providers: their next paid claims are audited."""
        if self._law.tips and self._law.tips.probe:
            self._to_probe[rows] = self._law.tips.probe

    def forget(self, rows: Rows) -> None:
        """Close the files of some practices, which have a new owner."""
        self._to_probe[rows] = 0
        self._history[:, :, rows], self._billing[:, rows] = 0, 0

    def targets(self) -> NDArray[np.bool_]:
        """Return (P,) whose rate of findings over the window stands out among the peers of the specialty."""
        claims, with_finding = self._billing
        return outliers(with_finding, claims, self._groups, self.spec.least_claims, float(self.spec.outlier_score))

    def linked(self) -> NDArray[np.bool_]:
        """Return (P,) who is a neighbour of a provider accused within the window."""
        week = self._table.last_accused
        lately = (week != NO_WEEK) & (week > self.payer.week - self.spec.window)
        return self._neighbours.sum(lately.astype(np.float64)) > 0

    def audit(self) -> None:
        """Draw this week's audits from the claims paid with the finding, and open them.

        Each claim is drawn with the share `random`. A budget of `targeted` times the claims paid is spent on
        the claims of targets that were not drawn at random, each with the same chance; what the targets'
        claims do not use up is not spent. So is one of `network` on neighbours of the accused, and one of `flagged` on
        claims that a control on the image flagged and that were paid all the same. After a tip every claim
        of the provider is audited, up to the number of a probe. An audit finds an unsupported claim with `sensitivity`,
        and wrongly finds a supported one with 1 - `specificity`.
        """
        spec, claims, draws = self.spec, self.payer.claims_of_week, self.payer.draws
        random = min(1.0, self.random_share * self.factor)
        if random > 0:
            chance: NDArray[np.float32] | np.float32 = np.float32(random)
            if self.watched is not None:
                chance = np.float32(random) * self.watched[claims.provider]
            claims.audited[:] = draws("audit_random")[claims.row] < chance
            claims.audited &= claims.paid
        ranked = spec.budget or (self._law.tips and self._law.tips.probe)
        reason = np.full(claims.row.size, _RANDOM, np.int8) if ranked else None
        if float(spec.targeted) > 0:
            targets = self.targets()[claims.provider]
            self._spend(float(spec.targeted), "audit_targeted", targets, reason, _TARGETED)
        if float(spec.network) > 0:
            linked = self.linked()[claims.provider]
            self._spend(float(spec.network), "audit_network", linked, reason, _NETWORK)
        if spec.flagged is not None and float(spec.flagged) > 0:
            self._spend(float(spec.flagged), "audit_flagged", claims.flagged, reason, _FLAGGED)
        if reason is not None:
            self._probe(reason)
            self._keep_to_budget(reason)
            probed = claims.provider[claims.audited & (reason == _TIP)]
            self._to_probe -= np.bincount(probed, minlength=self._to_probe.size)
        self._open_audits()

    def _spend(
        self, share: float, stream: str, which: NDArray[np.bool_], reason: NDArray[np.int8] | None, kind: int
    ) -> None:
        """Audit some of the claims within a budget of so many of the claims paid."""
        claims, draws = self.payer.claims_of_week, self.payer.draws
        candidates = np.flatnonzero(claims.paid & which & ~claims.audited)
        if candidates.size:
            budget = share * self.factor * np.count_nonzero(claims.paid)
            chance = min(1.0, budget / candidates.size)
            drawn = candidates[draws(stream)[claims.row[candidates]] < np.float32(chance)]
            claims.audited[drawn] = True
            if reason is not None:
                reason[drawn] = kind

    def _probe(self, reason: NDArray[np.int8]) -> None:
        """Audit the paid claims of those who were tipped off, in their order, up to what is left of the probe."""
        if not self._to_probe.any():
            return
        claims = self.payer.claims_of_week
        candidates = np.flatnonzero(claims.paid & (self._to_probe[claims.provider] > 0))
        candidates = candidates[np.argsort(claims.provider[candidates], kind="stable")]
        provider = claims.provider[candidates]
        first = np.searchsorted(provider, provider)
        probed = candidates[np.arange(provider.size) - first < self._to_probe[provider]]
        claims.audited[probed] = True
        reason[probed] = _TIP

    def _keep_to_budget(self, reason: NDArray[np.int8]) -> None:
        """Drop the audits that are too many for the week, by reason and then at random."""
        if self.spec.budget is None:
            return
        claims = self.payer.claims_of_week
        drawn = np.flatnonzero(claims.audited)
        most = whole_in_week(float(self.spec.budget), self.payer.week)
        if drawn.size > most:
            uniform = self.payer.draws("audit_budget")[claims.row[drawn]]
            order = np.lexsort((uniform, -reason[drawn]))
            claims.audited[drawn[order[most:]]] = False

    def _open_audits(self) -> None:
        spec, claims, draws = self.spec, self.payer.claims_of_week, self.payer.draws
        due = self.payer.week + self.lag
        claims.found[:] = claims.recognised
        if due >= self.weeks:
            return
        drawn = np.flatnonzero(claims.audited)
        audit_findings, appealed = drawn, drawn[:0]
        if drawn.size:
            finding_rate = np.where(claims.truth[drawn], 1 - np.float32(spec.specificity), np.float32(spec.sensitivity))
            audit_findings = drawn[draws("audit_verdict")[claims.row[drawn]] < finding_rate]
            audit_findings, appealed = self._after_appeals(audit_findings)
            claims.found[audit_findings] = True
        cleared = np.flatnonzero((claims.tactic != HONEST) & claims.paid & ~claims.found)
        self._open[due].append(
            Closed(
                self.payer.week,
                claims.provider[drawn],
                claims.provider[audit_findings],
                claims.tactic[audit_findings],
                claims.provider[appealed],
                claims.provider[cleared],
                claims.tactic[cleared],
            )
        )

    def _after_appeals(self, audit_findings: Rows) -> tuple[Rows, Rows]:
        """Return (K,) which audit findings (F,) stand, and (A,) which were appealed."""
        appeals, claims, draws = self._law.appeals, self.payer.claims_of_week, self.payer.draws
        if appeals is None or not audit_findings.size:
            return audit_findings, audit_findings[:0]
        filed = draws("appeal")[claims.row[audit_findings]] < np.float32(appeals.filed)
        succeeds = np.where(
            claims.truth[audit_findings],
            np.float32(appeals.overturned_supported),
            np.float32(appeals.overturned_unsupported),
        )
        lost = filed & (draws("appeal_verdict")[claims.row[audit_findings]] < succeeds)
        return audit_findings[~lost], audit_findings[filed]

    def close(self, week: int) -> list[Closed]:
        """Return the audits that close this week."""
        return self._open.pop(week, [])


def share_found(investigators: Sequence[Investigator]) -> float | None:
    """Return the share of the week's paid claims that audits would find, were all false; None if none was paid."""
    would_find, paid = 0.0, 0
    for investigator in investigators:
        claims = investigator.payer.claims_of_week
        would_find += int(np.count_nonzero(claims.audited)) * float(investigator.spec.sensitivity)
        paid += int(np.count_nonzero(claims.paid))
    return would_find / paid if paid else None
