"""What the figures of a replicate are made of, added up once from the books of a market that has run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.tally import Tally
from threatsim.market.books.tenures import TenureColumns
from threatsim.market.conventions import NO_WEEK, WEEKS_PER_YEAR
from threatsim.market.model import Market


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums of a run, for P providers, C tenures and T tactics.

    Attributes:
        tally: the counts.
        weeks, years: length of the run.
        net: (T, P) cents that false billing has brought each practice.
        loss: (T, P) cents that it has cost the payers.
        false, paid: (T,) claims billed falsely, and those of them paid.
        tactic_years: (T,) provider-years with a false claim by the tactic.
        fraud_years: provider-years with a false claim by any.
        tenures: who has practised.
        first_week: (C,) week of a tenure's first false claim by any tactic; the length of the run if there is none.
        honest_years: provider-years of those who never billed falsely.
        control_cost, suppression_fines: cents that payers spent on readers and audits, and were fined for suppression.
    """

    tally: Tally
    weeks: int
    years: float
    net: NDArray[np.int64]
    loss: NDArray[np.int64]
    false: NDArray[np.int64]
    paid: NDArray[np.int64]
    tactic_years: NDArray[np.float64]
    fraud_years: float
    tenures: TenureColumns
    first_week: NDArray[np.int64]
    honest_years: float
    control_cost: int
    suppression_fines: int

    @classmethod
    def of(cls, market: Market) -> Sums:
        """Add up a market that has run."""
        tally, table, weeks, totals = market.tally, market.table, market.spec.weeks, market.ledger.totals
        tenures = market.tenures.all()
        return cls(
            tally=tally,
            weeks=weeks,
            years=weeks / WEEKS_PER_YEAR,
            net=tally.net_fraud(table.difference, market.care_on_false, market.cost),
            loss=tally.false_paid * table.difference - tally.recouped[:-1] - tally.damages[:-1],
            false=tally.false_claims.sum(axis=1),
            paid=tally.false_paid.sum(axis=1),
            tactic_years=(tally.years[:, None] * tally.used_in_year.sum(axis=2)).sum(axis=0),
            fraud_years=(tally.years * tally.used_in_year.any(axis=1).sum(axis=1)).sum(),
            tenures=tenures,
            first_week=np.where(tenures.first_week == NO_WEEK, weeks, tenures.first_week).min(axis=0),
            honest_years=float(tenures.active_weeks[~tenures.fraudster].sum()) / WEEKS_PER_YEAR,
            control_cost=totals["reading"] + totals["auditing"],
            suppression_fines=totals["suppression"],
        )


def ratio(part: Any, whole: Any) -> float:
    """The share `part` of `whole`; NaN of nothing."""
    return float(part) / float(whole) if whole else math.nan
