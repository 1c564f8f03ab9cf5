"""What providers believed and chose, decision by decision: kept for one replicate, to be told afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conduct.rule import has_beliefs
from threatsim.market.conventions import HONEST
from threatsim.market.providers.options import Floats, choice_of, column_of, targets
from threatsim.market.providers.table import ProviderTable
from threatsim.scenario.schema import Scenario

EVERYONE = 5000
"""In a market of more providers only those are kept who ever billed falsely or were ever found."""


class History:
    """The decisions of a run, a row for each provider and decision.

    Args:
        tactics: names of the tactics.
        payers: names of the payers.
        burn_in: weeks before the record, of which no decision is kept.
    """

    def __init__(self, tactics: Sequence[str], payers: Sequence[str], burn_in: int) -> None:
        self._burn_in = burn_in
        self._names = {  # the last name of each is that of honest billing, and of all payers
            "tactic": np.array([*tactics, ""]),
            "considered": np.array([*tactics, ""]),
            "payer": np.array([*payers, ""]),
        }
        self._rows: list[dict[str, NDArray[Any]]] = []

    def take(
        self,
        week: int,
        rows: NDArray[np.int64],
        table: ProviderTable,
        scenario: Scenario,
        options: Floats,
        option: NDArray[np.int64],
        gained: NDArray[np.int64],
    ) -> None:
        """Keep the decisions of a week.

        Args:
            week: number of the week, from the first of the burn-in.
            rows: (N,) of those who decided.
            table: the providers.
            scenario: the conduct, the payers and their shares.
            options: (N, O) USD a week that the options are thought to bring, honest billing first.
            option: (N,) the one chosen.
            gained: (N,) cents that false billing has brought so far, since the record began.
        """
        if week < self._burn_in:
            return
        conduct, weights = scenario.conduct, targets(scenario)
        everyone = np.arange(rows.size)
        considered = np.where(option > 0, option, 1 + options[:, 1:].argmax(axis=1))
        choice = choice_of(conduct, option, weights.shape[1])
        thought_of = choice_of(conduct, considered, weights.shape[1])
        weight = weights[:, column_of(thought_of.target, weights.shape[1])]  # (B, N)
        weight = weight / np.maximum(weight.sum(axis=0), 1e-300)

        def believed(shares: list[Floats]) -> NDArray[np.float32]:
            """Of the payers that the option is toward, by their shares; nothing where beliefs play no part."""
            if not has_beliefs(conduct):
                return np.full(rows.size, np.nan, np.float32)
            believed_rates = np.stack([share[everyone, thought_of.tactic] for share in shares])
            return np.asarray((believed_rates * weight).sum(axis=0), np.float32)

        self._rows.append(
            {
                "week": np.full(rows.size, week - self._burn_in, np.int32),
                "provider": rows.astype(np.int32),
                "tactic": choice.tactic,
                "share": choice.share,
                "payer": column_of(choice.target, self._names["payer"].size),
                "considered": thought_of.tactic,
                "worth_usd_per_week": options[everyone, considered].astype(np.float32),
                "believed_paid": believed([belief.paid.expected(rows) for belief in table.beliefs]),
                "believed_found": believed([belief.detected(rows) for belief in table.beliefs]),
                "findings": table.findings[rows].astype(np.int32),
                "excluded": table.excluded[rows],
                "gained_usd": (gained / 100).astype(np.float32),
            }
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return column name -> (N,) the decisions of all weeks."""
        if not self._rows:
            return {}
        columns = {name: np.concatenate([week[name] for week in self._rows]) for name in self._rows[0]}
        provider = columns["provider"]
        if np.unique(provider).size > EVERYONE:
            told = np.zeros(provider.max() + 1, np.bool_)
            told[provider[(columns["tactic"] != HONEST) | (columns["findings"] > 0)]] = True
            columns = {name: column[told[provider]] for name, column in columns.items()}
        return {name: self._names[name][column] if name in self._names else column for name, column in columns.items()}
