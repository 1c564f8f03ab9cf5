"""Figures in money. Each takes the sums of a run, and the number of a tactic or None for all of an arm.

A figure that payers have each for themselves is taken of the sums of one (`Sums.of_payer`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.measures.sums import Ratio, Sums, ratio


def payer_loss(sums: Sums, tactic: int | None) -> float:
    """Return USD per year that false billing costs the payers."""
    return _a_year(sums, sums.burden.payers_lost, tactic)


def beneficiary_loss(sums: Sums, tactic: int | None) -> float:
    """Return USD per year that false billing costs the patients."""
    return _a_year(sums, sums.burden.patients_lost, tactic)


def control_cost(sums: Sums, tactic: None) -> float:
    """Return USD per year that payers spend on readers, audits and checks of images."""
    return _a_year(sums, sums.burden.control, None)


def denied_value(sums: Sums, tactic: None) -> float:
    """Return USD per year that true claims are short of."""
    return _a_year(sums, sums.burden.unpaid, None)


def net_benefit(sums: Sums, tactic: None) -> float:
    """Return USD per year, below zero, of loss, control and unpaid true claims; an arm's gain is a difference."""
    return -(payer_loss(sums, None) + control_cost(sums, None) + denied_value(sums, None))


def net_benefit_per_million(sums: Sums, tactic: None) -> Ratio:
    """Return the same per 1 million USD that the claims come to by their truth."""
    return ratio(net_benefit(sums, None), _a_year(sums, sums.burden.due, None) / 1e6)


def treasury_fines(sums: Sums, tactic: None) -> float:
    """Return USD per year of fines: of providers by law, and of payers for suppression."""
    return (sums.fines + sums.suppression_fines) / 100 / sums.years


def suppression_gain(sums: Sums, tactic: None) -> float:
    """Return USD per year that payers keep by altering images, less the penalties."""
    return (sums.run_counts.suppressed_by_payer - sums.suppression_fines) / 100 / sums.years


def _a_year(sums: Sums, cents: NDArray[np.int64], tactic: int | None) -> float:
    """Return USD per year of cents by payer, and by tactic where one is asked for."""
    return float((cents if tactic is None else cents[:, tactic]).sum()) / 100 / sums.years
