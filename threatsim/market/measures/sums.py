"""What the figures of a replicate are made of, added up once from the books of a market that has run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.books.tenures import TenureColumns
from threatsim.market.conventions import NO_WEEK, WEEKS_PER_YEAR
from threatsim.market.measures.burden import Burden
from threatsim.market.model import Market


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums of a run, for P providers, C tenures and T tactics.

    Attributes:
        run_counts: the counts.
        weeks, years: length of the record.
        net: (T, P) cents that false billing has brought each practice.
        income_lost: (T, P) cents of honest income that those who had billed falsely lost by being barred.
        burden: what it has cost payers and patients.
        false, paid: (T,) claims billed falsely, and those of them paid.
        tactic_years: (T,) provider-years with a false claim by the tactic.
        fraud_years: provider-years with a false claim by any, and `fraud_years_of`: (P,) of each practice.
        tenures: who has practised.
        first_week: (C,) week of a tenure's first false claim by any tactic; the length of the record if there is none.
        honest_years: provider-years of those who never billed falsely.
        accused, accused_honest: accusations, and those of them of providers who had not billed falsely until then.
        fines, suppression_fines: cents that providers were fined by law, and payers for suppression.
    """

    run_counts: RunCounts
    weeks: int
    years: float
    net: NDArray[np.int64]
    income_lost: NDArray[np.int64]
    burden: Burden
    false: NDArray[np.int64]
    paid: NDArray[np.int64]
    tactic_years: NDArray[np.float64]
    fraud_years: float
    fraud_years_of: NDArray[np.float64]
    tenures: TenureColumns
    first_week: NDArray[np.int64]
    honest_years: float
    accused: float
    accused_honest: float
    fines: int
    suppression_fines: int

    @property
    def provider_years(self) -> float:
        """Provider-years of all who have practised."""
        return float(self.tenures.active_weeks.sum()) / WEEKS_PER_YEAR

    def of_payer(self, payer: int) -> Sums:
        """Return the sums with the burden of one payer alone."""
        return replace(self, burden=self.burden.of_payer(payer))

    @classmethod
    def of(cls, market: Market) -> Sums:
        """Add up a market that has run."""
        (run_counts, ledger), table, weeks = market.recorded(), market.table, market.spec.weeks
        tenures = market.tenures.all()
        fraud_years_of = (run_counts.years[:, None] * run_counts.used_in_year.any(axis=1)).sum(axis=0)
        return cls(
            run_counts=run_counts,
            weeks=weeks,
            years=weeks / WEEKS_PER_YEAR,
            net=run_counts.net_fraud(table.difference, market.care_on_false, market.cost),
            income_lost=run_counts.lost_income[:-1],
            burden=Burden.of(run_counts, ledger),
            false=run_counts.false_claims.sum(axis=1),
            paid=run_counts.false_paid.sum(axis=1),
            tactic_years=(run_counts.years[:, None] * run_counts.used_in_year.sum(axis=2)).sum(axis=0),
            fraud_years=(run_counts.years * run_counts.used_in_year.any(axis=1).sum(axis=1)).sum(),
            fraud_years_of=fraud_years_of,
            tenures=tenures,
            first_week=np.where(tenures.first_week == NO_WEEK, weeks, tenures.first_week).min(axis=0),
            honest_years=float(tenures.active_weeks[~tenures.fraudster].sum()) / WEEKS_PER_YEAR,
            accused=float(run_counts.weekly["accused"].sum()),
            accused_honest=float(run_counts.weekly["accused_honest"].sum()),
            fines=ledger.totals["fines"],
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
