"""What one replicate of one arm leaves behind: figures and columns, no agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Denominator(NamedTuple):
    """What a figure that is a quotient was divided by.

    Attributes:
        size: the denominator, in the unit that makes the quotient the figure.
        clusters: how many groups that share their fate it is made of; None where its units stand alone.
    """

    size: float
    clusters: float | None = None


@dataclass(frozen=True)
class ReplicateResult:
    """The outcome of one market year(s). NaN stands for a figure that is undefined or not reached.

    Attributes:
        arm: name of the arm.
        replicate: number of the replicate, from 0.
        outcomes: `ARM_METRICS` name -> value; and what was bought of controls (`price_units.bought_name`).
        tactics: tactic name -> `TACTIC_METRICS` name -> value.
        accounts: account name (providers, payers, reviewers, suppliers, treasury, patients; contractors, if a payer has
            one) -> net USD over the run; sums to 0.
        weekly: column name -> (weeks,) series of totals over the market: claims, false_claims, false_paid,
            findings, false_findings (on claims that were not billed falsely on purpose), accused,
            accused_honest (had not billed falsely until then), paid, recouped, penalties (USD), and
            false_claims_<tactic>.
        providers: column name -> (providers,), of a practice, whoever had it, but for access: specialty, volume,
            access, tactic, claims, false_claims, findings, accused_week (the last; -1 if never), entered_week (of the
            present owner), honest (never billed falsely on purpose), net_fraud_usd, billed_finding_rate.
        sample: column name -> (rows,) a sample of claims with week, provider, payer, case, truth, billed,
            tactic, score, suppressed, approved, pended, read, flagged, paid_usd, audited, found.
        decisions: column name -> (rows,) what providers believed and chose, of replicate 0 only: week, provider,
            tactic and payer (empty if none or every), share, considered (the tactic chosen, or the best of those not
            chosen), worth_usd_per_week, believed_paid and believed_found of it, findings, excluded, gained_usd so far.
        links: (E, 2) int64 the referral network, of replicate 0 only: a row of `providers` and a row that it is linked
            to, each link from both its ends (`referrals.links_of`). None of other replicates, and of those that an
            earlier version kept.
        denominators: `ARM_METRICS` name -> what was divided by, of the figures that are quotients.
        tactic_denominators: tactic name -> `TACTIC_METRICS` name -> the same.
        payers: payer name -> `PAYER_METRICS` name -> value.
        payer_denominators: payer name -> `PAYER_METRICS` name -> what was divided by.
    """

    arm: str
    replicate: int
    outcomes: Mapping[str, float]
    tactics: Mapping[str, Mapping[str, float]]
    accounts: Mapping[str, float]
    weekly: Mapping[str, NDArray[Any]]
    providers: Mapping[str, NDArray[Any]]
    sample: Mapping[str, NDArray[Any]]
    decisions: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    links: NDArray[np.int64] | None = None
    denominators: Mapping[str, Denominator] = field(default_factory=dict)
    tactic_denominators: Mapping[str, Mapping[str, Denominator]] = field(default_factory=dict)
    payers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    payer_denominators: Mapping[str, Mapping[str, Denominator]] = field(default_factory=dict)
