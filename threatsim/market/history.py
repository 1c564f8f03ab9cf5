"""What providers believed and chose, decision by decision: kept for one replicate, to be told afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conduct import Choice, Floats, choice_of, with_honesty
from threatsim.market.providers import HONEST, ProviderTable
from threatsim.scenario.schema import Conduct

EVERYONE = 5000
"""In a market of more providers only those are kept who ever billed falsely or were ever found."""


class History:
    """The decisions of a run, a row for each provider and decision.

    Args:
        tactics: names of the tactics.
        payers: names of the payers.
    """

    def __init__(self, tactics: Sequence[str], payers: Sequence[str]) -> None:
        self._tactics = np.array([*tactics, ""])  # the last one is `HONEST`
        self._payers = np.array([*payers, ""])  # the last one is `EVERY_PAYER`
        self._rows: list[dict[str, NDArray[Any]]] = []

    def take(
        self,
        week: int,
        table: ProviderTable,
        conduct: Conduct,
        utility: Floats,
        choice: Choice,
        gained: NDArray[np.int64],
        width: int,
    ) -> None:
        """Keep a decision.

        Args:
            utility: (P, T x G, S) USD a week that the options are expected to bring.
            choice: what was chosen.
            gained: (P,) cents that false billing has brought so far.
            width: G, the number of targets.
        """
        options = with_honesty(utility)
        tempting = choice_of(conduct, 1 + options[:, 1:].argmax(axis=1), width)
        chosen = choice.tactic != HONEST
        tactic = np.where(chosen, choice.tactic, tempting.tactic)
        target = np.where(chosen, choice.target, tempting.target)
        rows = np.arange(len(table))
        believed_paid = np.mean([belief.paid.expected() for belief in table.beliefs], axis=0)[rows, tactic]
        believed_found = np.mean([belief.detected() for belief in table.beliefs], axis=0)[rows, tactic]
        self._rows.append(
            {
                "week": np.full(len(table), week, np.int32),
                "provider": rows.astype(np.int32),
                "tactic": self._tactics[choice.tactic],
                "share": choice.share,
                "payer": self._payers[choice.target],
                "considered": self._tactics[tactic],
                "considered_payer": self._payers[target],
                "worth_usd_per_week": options[:, 1:].max(axis=1).astype(np.float32),
                "believed_paid": believed_paid.astype(np.float32),
                "believed_found": believed_found.astype(np.float32),
                "findings": table.findings.astype(np.int32),
                "excluded": table.excluded.copy(),
                "gained_usd": (gained / 100).astype(np.float32),
            }
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the decisions of all weeks, column by column."""
        if not self._rows:
            return {}
        columns = {name: np.concatenate([week[name] for week in self._rows]) for name in self._rows[0]}
        size = self._rows[0]["provider"].size
        if size > EVERYONE:
            told = np.zeros(size, np.bool_)
            told[columns["provider"][(columns["tactic"] != "") | (columns["findings"] > 0)]] = True
            kept = told[columns["provider"]]
            columns = {name: column[kept] for name, column in columns.items()}
        return columns
