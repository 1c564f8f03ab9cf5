"""What providers believe: Beta beliefs on being paid and on being found out, kept as counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.referrals import Neighbours
from threatsim.scenario.schema import Conduct, Tactic

Counts = NDArray[np.int64]
Rows = NDArray[np.int64] | slice
ALL = slice(None)
"""All providers."""


@dataclass
class BetaBelief:
    """Beta beliefs: a prior mean and weight, and the successes and trials seen since (of one shape)."""

    mean: float | NDArray[np.float64]
    weight: float
    successes: NDArray[np.float64]
    trials: NDArray[np.float64]

    def expected(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return the posterior means of some providers; the prior mean where there is no prior weight and no trial."""
        weight = self.weight + self.trials[rows]
        total = self.mean * self.weight + self.successes[rows]
        return np.divide(total, weight, out=np.full_like(total, self.mean), where=weight > 0)


@dataclass
class Beliefs:
    """Beliefs of P providers about T tactics, toward one payer or shared by all of them.

    A false claim can be found out twice: at once, when the image is recognised as tampered with, and by an
    audit, after its lag. The first depends on the tactic, the second does not: an audit sees the true picture.
    Learning them apart keeps a finding that comes at once from outweighing claims whose audits are still open.

    A neighbour's false claim that is found out is heard of, and counts as `neighbour_weight` claims found out. One that
    is not is never heard of: risks that others ran without harm are not news, so those who hear much overrate the risk.

    Attributes:
        paid: (P, T) that a false claim is paid when submitted; learnt from one's own claims. The prior mean is the
            tactic's `belief_paid`, or that of the conduct where the tactic has none.
        recognised: (P, T) that it is recognised at once; the prior mean is 0.
        found: (P,) that an audit finds one that was not; a claim counts when its audit closes or would close.
        neighbour_weight: weight of a neighbour's finding beside one's own, for `recognised` and `found`.
    """

    paid: BetaBelief
    recognised: BetaBelief
    found: BetaBelief
    neighbour_weight: float

    @classmethod
    def prior(cls, conduct: Conduct, providers: int, tactics: Sequence[Tactic]) -> Beliefs:
        """Return the beliefs before the first week."""
        weight = float(conduct.belief_weight)
        priors = [tactic.belief_paid or conduct.belief_paid for tactic in tactics]  # a Quantity is never falsy

        def beta(mean: float | NDArray[np.float64], *shape: int) -> BetaBelief:
            return BetaBelief(mean, weight, np.zeros(shape), np.zeros(shape))

        return cls(
            paid=beta(np.array([float(prior) for prior in priors]), providers, len(tactics)),
            recognised=beta(0.0, providers, len(tactics)),
            found=beta(float(conduct.belief_detected), providers),
            neighbour_weight=float(conduct.neighbour_weight),
        )

    def audited(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return (N, T) the believed chance that a false claim is not recognised at once, but found by an audit."""
        return (1 - self.recognised.expected(rows)) * self.found.expected(rows)[:, None]

    def detected(self, rows: Rows = ALL) -> NDArray[np.float64]:
        """Return (N, T) the believed chance that a false claim is found out at all."""
        return self.recognised.expected(rows) + self.audited(rows)

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
        self.paid.successes[users, tactic] += paid
        self.paid.trials[users, tactic] += billed
        self.recognised.successes[users, tactic] += recognised
        self.recognised.trials[users, tactic] += billed
        for used in np.flatnonzero(np.bincount(tactic, weights=recognised)):
            news = np.zeros(neighbours.providers)
            news[users[tactic == used]] = recognised[tactic == used]
            self._hear(self.recognised, (slice(None), used), news, neighbours)

    def learn_audited(self, found: Counts, cleared: Counts, neighbours: Neighbours) -> None:
        """Take in the week's (P,) false claims found by audits, and those that no audit can find any more."""
        self.found.successes += found
        self.found.trials += found + cleared
        if found.any():
            self._hear(self.found, slice(None), found.astype(np.float64), neighbours)

    def learn_public(
        self, billed: NDArray[np.float64], paid: NDArray[np.float64], recognised: NDArray[np.float64]
    ) -> None:
        """Take in what became of everybody's false claims of the week: (T,) billed, paid, recognised."""
        self.paid.successes += paid
        self.paid.trials += billed
        self.recognised.successes += recognised
        self.recognised.trials += billed

    def learn_play(self, share: float) -> None:
        """Take in how a payer has audited this week: the share of claims that it would have found, were all false.

        A week counts once, however many claims it had: it is the payer's play that fictitious play replies to.
        """
        self.found.successes += share
        self.found.trials += 1

    def forget(self, rows: Counts) -> None:
        """Return some providers (N,) to the beliefs of before the first week."""
        for belief in (self.paid, self.recognised, self.found):
            belief.successes[rows] = 0
            belief.trials[rows] = 0

    def _hear(
        self,
        belief: BetaBelief,
        where: slice | tuple[slice, np.intp],
        news: NDArray[np.float64],
        neighbours: Neighbours,
    ) -> None:
        if self.neighbour_weight > 0:
            heard = self.neighbour_weight * neighbours.sum(news)
            belief.successes[where] += heard
            belief.trials[where] += heard
