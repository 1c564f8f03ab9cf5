"""A firm that reviews for a payer, and is paid a share of the spending that its denials avert."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import Cents
from threatsim.scenario.sections.payer import Readers
from threatsim.scenario.sections.review import Contractor


def gains_by_denying(readers: Readers) -> bool:
    """Return whether a firm expects to keep anything of what it is paid for denying a claim that is supported.

    Of a fee f it gives back `clawback` x f with the chance `filed` x `overturned_supported` that the denial falls, so
    the sum f x (1 - clawback x filed x overturned_supported) has the same sign for every claim.
    """
    terms, appeals = readers.contractor, readers.appeals
    if terms is None or float(terms.share) == 0:
        return False
    falls = float(appeals.filed) * float(appeals.overturned_supported) if appeals else 0.0
    return float(terms.clawback) * falls < 1


def contingency_fees(terms: Contractor, averted: Cents, fallen: NDArray[np.bool_]) -> tuple[int, int]:
    """Return what a firm is paid for denials, and what it gives back of it (cents, rounded denial by denial).

    Args:
        terms: what it has agreed with the payer.
        averted: (N,) cents that each denial spares the payer.
        fallen: (N,) whether the denial has fallen since, and the claim is paid.
    """
    fees = np.rint(float(terms.share) * averted)
    returned = np.rint(float(terms.clawback) * fees[fallen])
    return int(fees.sum()), int(returned.sum())
