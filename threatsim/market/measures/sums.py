"""What the figures of a replicate are made of, added up once from the books of a market that has run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.books.tenures import TenureColumns
from threatsim.market.conventions import NO_WEEK, WEEKS_PER_YEAR
from threatsim.market.model import Market


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums of a run, for P providers, C tenures and T tactics.

    Attributes:
        run_counts: the counts.
        weeks, years: length of the record.
        net: (T, P) cents that false billing has brought each practice.
        loss: (T,) cents that it has cost the payers.
        false, paid: (T,) claims billed falsely, and those of them paid.
        tactic_years: (T,) provider-years with a false claim by the tactic.
        fraud_years: provider-years with a false claim by any.
        tenures: who has practised.
        first_week: (C,) week of a tenure's first false claim by any tactic; the length of the record if there is none.
        honest_years: provider-years of those who never billed falsely.
        control_cost, suppression_fines: cents that payers spent on readers, audits and checks of images, and were
            fined for suppression.
    """

    run_counts: RunCounts
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

    @property
    def provider_years(self) -> float:
        """Provider-years of all who have practised."""
        return float(self.tenures.active_weeks.sum()) / WEEKS_PER_YEAR

    @classmethod
    def of(cls, market: Market) -> Sums:
        """Add up a market that has run."""
        (run_counts, ledger), table, weeks = market.recorded(), market.table, market.spec.weeks
        tenures = market.tenures.all()
        return cls(
            run_counts=run_counts,
            weeks=weeks,
            years=weeks / WEEKS_PER_YEAR,
            net=run_counts.net_fraud(table.difference, market.care_on_false, market.cost),
            loss=run_counts.payers_lost[:, :-1].sum(axis=0),
            false=run_counts.false_claims.sum(axis=1),
            paid=run_counts.false_paid.sum(axis=1),
            tactic_years=(run_counts.years[:, None] * run_counts.used_in_year.sum(axis=2)).sum(axis=0),
            fraud_years=(run_counts.years * run_counts.used_in_year.any(axis=1).sum(axis=1)).sum(),
            tenures=tenures,
            first_week=np.where(tenures.first_week == NO_WEEK, weeks, tenures.first_week).min(axis=0),
            honest_years=float(tenures.active_weeks[~tenures.fraudster].sum()) / WEEKS_PER_YEAR,
            control_cost=ledger.totals["reading"] + ledger.totals["auditing"] + ledger.totals["checking"],
            suppression_fines=ledger.totals["suppression"],
        )


@dataclass(frozen=True)
class Ratio:
    """A figure that is a quotient: replicates are averaged by the sum of parts over the sum of wholes.

    Attributes:
        part, whole: the quotient; NaN of nothing.
        clusters: how many providers, or provider-years, the whole is made of, where its units do not stand alone (the
            claims of one provider share their fate); None where they do.
    """

    part: float
    whole: float
    clusters: float | None = None

    def __float__(self) -> float:
        return self.part / self.whole if self.whole else math.nan


def ratio(part: Any, whole: Any, *, clusters: Any = None) -> Ratio:
    """Return `part` over `whole`, any numbers of Python or NumPy."""
    return Ratio(float(part), float(whole), None if clusters is None else float(clusters))
