"""Who decides in a week, and what they choose: a part of the providers each week, so that none move in step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.history import History
from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conduct.rule import Utility, rule_of
from threatsim.market.conventions import Cents, cents
from threatsim.market.money.ledger import Ledger
from threatsim.market.providers.options import Floats, choice_of, column_of, targets
from threatsim.market.providers.table import ProviderTable, equip
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario


class Decisions:
    """The choices of all providers, week by week.

    Decisions in step would make waves that are artefacts of synchrony (Huberman and Glance 1993, PNAS 90:7716), so a
    provider decides every `decision_interval` weeks in a turn of its own.

    Args:
        scenario: how providers decide.
        table: the providers; what they choose is written there.
        streams: of the replicate.
        utility: what providers expect of their options now.
        net_fraud: gives (T, P) cents that false billing by each tactic has brought each practice so far.
        books: the counts and the ledger, in which what a tactic costs before its first use is booked.
        history: takes every decision, if they are kept.
    """

    def __init__(
        self,
        scenario: Scenario,
        table: ProviderTable,
        streams: Streams,
        utility: Utility,
        net_fraud: Callable[[], Cents],
        books: tuple[RunCounts, Ledger],
        history: History | None,
    ) -> None:
        self._scenario, self._table, self._streams = scenario, table, streams
        self._utility, self._net_fraud, self._history = utility, net_fraud, history
        self._run_counts, self._ledger = books
        self._tactics = tuple(scenario.tactics.values())
        self._setup = np.array([cents(float(tactic.setup_cost)) for tactic in self._tactics], np.int64)
        self._rule = rule_of(scenario.conduct)
        self._gained = np.zeros(len(table), np.int64)  # cents, by the last decision of each
        self._decided = np.zeros(len(table), np.int64)
        self._before_record = np.zeros(len(table), np.int64)  # cents: what the history leaves out, as all figures do
        self._payer_shares = np.array(
            [*(float(payer.share) for payer in scenario.payers), 1.0]
        )  # the last: all payers'
        self.enter(np.arange(len(table)))

    def enter(self, rows: NDArray[np.int64]) -> None:
        """Let newcomers at some practices (N,) decide by their own lights."""
        self._rule.enter(rows, self._utility)

    def decide(self, week: int) -> None:
        """Have those whose turn it is learn what their choice has brought, and choose anew; the excluded are honest."""
        table, conduct = self._table, self._scenario.conduct
        if self._history is not None and week == self._scenario.burn_in:
            self._before_record = self._net_fraud().sum(axis=0)
        rows = np.flatnonzero((week + table.turn) % conduct.decision_interval == 0)
        if not rows.size:
            return
        weeks = week - self._decided[rows]
        self._rule.learn(rows, lambda: self._gains(rows, weeks), weeks)
        options, option = self._rule.choose(rows, self._utility, self._streams.generator("conduct", week))
        option = np.where(table.excluded[rows], 0, option)
        self._decided[rows] = week
        if self._history is not None:
            gained = (self._net_fraud().sum(axis=0) - self._before_record)[rows]
            self._history.take(week, rows, table, self._scenario, options, option, gained)
        choice = choice_of(conduct, option, targets(self._scenario).shape[1])
        table.tactic[rows], table.share[rows], table.target[rows] = choice.tactic, choice.share, choice.target
        self._equip()

    def _equip(self) -> None:
        """Have who uses a tactic for the first time pay for its set-up, and for the access that it needs."""
        rows, tactic, access = equip(self._table, self._scenario.conduct, self._tactics)
        price = self._setup[tactic] + access
        self._run_counts.setup[tactic, rows] += price
        self._ledger.transfer("attacks", rows, self._ledger.suppliers, price)

    def _gains(self, rows: NDArray[np.int64], weeks: NDArray[np.int64]) -> Floats:
        """Return (N,) USD a week that providers have gained in the last `weeks` (N,) of each, less their qualms."""
        table, conduct, so_far = self._table, self._scenario.conduct, self._net_fraud().sum(axis=0)[rows]
        gained, self._gained[rows] = so_far - self._gained[rows], so_far
        eligible = table.volume[rows] * (1 - table.prevalence[rows].astype(np.float64))
        eligible *= self._payer_shares[column_of(table.target[rows], self._payer_shares.size)]
        share = table.share[rows]
        qualms = table.reluctance[rows] * (1 + float(conduct.greed_penalty) * share) * eligible * share
        weekly: Floats = gained / 100 / np.maximum(weeks, 1) - qualms
        return weekly
