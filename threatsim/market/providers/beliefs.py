"""What providers believe: Beta beliefs on being paid and on being found out, kept as counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import exp, log
from threatsim.market.referrals import Neighbours
from threatsim.scenario.schema import Conduct, Tactic

Counts = NDArray[np.int64]
Rows = NDArray[np.int64] | slice
ALL = slice(None)
"""All providers."""
_FINENESS = 2.0**20
"""Counts are rounded to so many parts of one where those of many providers are added up."""


@dataclass
class BetaBelief:
    """Beta beliefs of P providers about T tactics.

    Attributes:
        mean: (P, T) mean of the prior of each.
        weight: of the prior, in claims.
        successes, trials: (P, T) what has been seen since; not whole where news is weighted or fades.
    """

    mean: NDArray[np.float64]
    weight: float
    successes: NDArray[np.float64]
    trials: NDArray[np.float64]

    def expected(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return (N, T) the posterior means of some; the prior mean where there is neither weight nor a trial."""
        mean = self.mean[rows]
        weight = self.weight + self.trials[rows]
        total = mean * self.weight + self.successes[rows]
        return np.divide(total, weight, out=mean.copy(), where=weight > 0)

    def begin(self, rows: Counts, trade: NDArray[np.int64]) -> None:
        """Let newcomers at some rows (N,) know what their trade knows, with the prior's weight; `trade` (P,) is sorted.

        It is the mean of its posteriors, each weighted by what it rests on. The counts are added up as whole
        numbers, so that the order of the providers plays no part.
        """
        start = np.flatnonzero(np.diff(trade, prepend=-1))
        weight, total = self.weight + self.trials, self.mean * self.weight + self.successes
        known, seen = (
            np.add.reduceat(np.rint(part * _FINENESS).astype(np.int64), start, axis=0) for part in (weight, total)
        )
        mean = np.divide(seen, known, out=self.mean[start], where=known > 0)
        self.mean[rows] = mean[np.searchsorted(trade[start], trade[rows])]
        self.successes[rows] = self.trials[rows] = 0


@dataclass
class Beliefs:
    """Beliefs of P providers about T tactics, toward one payer or shared by all of them.

    A false claim can be found out twice: at once, when the image is recognised as tampered with, and by an audit,
    after its lag, if it was paid; nobody audits what was not. Both are learnt tactic by tactic: an audit sees the
    true picture whatever the tactic, but which claims it looks at may depend on it.

    What becomes of a neighbour's false claims is heard of, good and bad, each as `neighbour_weight` claims of one's
    own. All that was seen fades, and what is left in the end is the prior.

    Attributes:
        paid: that a false claim is paid when submitted. The first prior mean is the tactic's `belief_paid`, or that
            of the conduct where the tactic has none.
        recognised: that it is recognised at once; the first prior mean is what announced controls recognise.
        found: that an audit finds one that was paid; a claim counts when its audit closes or would close.
        neighbour_weight: weight of a neighbour's claim beside one's own.
        kept: share of what was seen that is left a week later.
    """

    paid: BetaBelief
    recognised: BetaBelief
    found: BetaBelief
    neighbour_weight: float
    kept: float

    @classmethod
    def prior(cls, conduct: Conduct, providers: int, tactics: Sequence[Tactic]) -> Beliefs:
        """Return the beliefs before the first week."""
        shape = (providers, len(tactics))

        def beta(mean: Sequence[float]) -> BetaBelief:
            prior = np.broadcast_to(np.array(mean, np.float64), shape).copy()
            return BetaBelief(prior, float(conduct.belief_weight), np.zeros(shape), np.zeros(shape))

        half_life = conduct.belief_half_life
        return cls(
            # A Quantity is never falsy.
            paid=beta([float(tactic.belief_paid or conduct.belief_paid) for tactic in tactics]),
            recognised=beta([0.0] * len(tactics)),
            found=beta([float(conduct.belief_detected)] * len(tactics)),
            neighbour_weight=float(conduct.neighbour_weight),
            kept=1.0 if half_life is None else float(exp(-log(2.0) / float(half_life))),
        )

    def announce(self, recognised: NDArray[np.float64], let_through: NDArray[np.float64]) -> None:
        """Let the priors take in (P, T) what announced controls recognise at once, and what they let through."""
        self.recognised.mean[:] = recognised
        self.paid.mean *= let_through

    def audited(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return (N, T) the believed chance that a false claim is paid and then found by an audit."""
        return self.paid.expected(rows) * self.found.expected(rows)

    def detected(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return (N, T) the believed chance that a false claim is found out at all."""
        return self.recognised.expected(rows) + self.audited(rows)

    def fade(self) -> None:
        """Let a week pass over what was seen."""
        if self.kept < 1:
            for belief in (self.paid, self.recognised, self.found):
                belief.successes *= self.kept
                belief.trials *= self.kept

    def learn_submitted(
        self,
        users: Counts,
        tactic: NDArray[np.int8],
        billed: Counts,
        paid: Counts,
        recognised: Counts,
        neighbours: Neighbours,
    ) -> None:
        """Take in how many (n,) of the week's false claims of some providers were paid, and recognised.

        Args:
            users: (N,) rows of the providers.
            tactic: (N,) the tactic of each.
            billed, paid, recognised: (N,) their false claims, those that were paid, and those that were recognised.
            neighbours: who hears of whom.
        """
        trials = self._told(users, tactic, billed, neighbours)
        for belief, successes in ((self.paid, paid), (self.recognised, recognised)):
            belief.successes += self._told(users, tactic, successes, neighbours)
            belief.trials += trials

    def learn_audited(self, found: Counts, cleared: Counts, neighbours: Neighbours) -> None:
        """Take in the week's (P, T) paid false claims found by audits, and those that no audit can find any more."""
        users, tactic = np.nonzero(found + cleared)
        audit_findings, over = found[users, tactic], (found + cleared)[users, tactic]
        self.found.successes += self._told(users, tactic, audit_findings, neighbours)
        self.found.trials += self._told(users, tactic, over, neighbours)

    def learn_public(
        self, billed: NDArray[np.float64], paid: NDArray[np.float64], recognised: NDArray[np.float64]
    ) -> None:
        """Take in what became of everybody's false claims of the week: (T,) billed, paid, recognised."""
        self.paid.successes += paid
        self.paid.trials += billed
        self.recognised.successes += recognised
        self.recognised.trials += billed

    def learn_play(self, share: float) -> None:
        """Take in how a payer has audited this week: the share of paid claims that it would find, were all false.

        A week counts once, however many claims it had: it is the payer's play that fictitious play replies to.
        """
        self.found.successes += share
        self.found.trials += 1

    def begin(self, rows: Counts, trade: NDArray[np.int64]) -> None:
        """Let newcomers at some rows (N,) believe what their trade believes; `trade` (P,) is sorted."""
        for belief in (self.paid, self.recognised, self.found):
            belief.begin(rows, trade)

    def _told(
        self, users: Counts, tactic: NDArray[np.integer], counts: Counts, neighbours: Neighbours
    ) -> NDArray[np.float64]:
        """Return (P, T) what each learns of so many claims (N,) of some users (N,) by a tactic (N,)."""
        shape = self.found.trials.shape
        place = users * shape[1] + tactic
        told = np.bincount(place, weights=counts, minlength=shape[0] * shape[1]).astype(np.float64)
        if self.neighbour_weight > 0:
            of, hearer = neighbours.around(users)
            place = hearer * shape[1] + tactic[of]
            told += self.neighbour_weight * np.bincount(place, weights=counts[of], minlength=told.size)
        return told.reshape(shape)
