"""What an accused provider owes: the overpayment at once, and what is due when the case is settled or judged.

The multiple of a settlement and the damages of a judgment include the overpayment. What was repaid is credited after
multiplying (31 USC 3729(a)(1); United States v. Bornstein, 423 U.S. 303, 1976). A judgment adds a penalty for each
false claim submitted, paid or not (Yates v. Pinellas Hematology & Oncology, 21 F.4th 1288, 11th Cir. 2021), as far as
the sample proves it (United States ex rel. Martin v. Life Care Centers, 114 F. Supp. 3d 549, E.D. Tenn. 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import Cents
from threatsim.market.foresight.lower_limit import lower_limit
from threatsim.market.law.probe import Sample
from threatsim.scenario.schema import Law


@dataclass(frozen=True)
class Overpayment:
    """What a case rests on; columns by payer (K,) of those under the law.

    Attributes:
        overpaid: (K,) cents paid beyond the true fees, as far as they are proven.
        repaid: (K,) cents of it that audits have recouped already.
        false: false claims submitted, as far as they are proven.
    """

    overpaid: Cents
    repaid: Cents
    false: int


@dataclass(frozen=True)
class Due:
    """What a resolution orders: (K,) cents to each payer under the law, and cents of fines to the treasury."""

    damages: Cents
    fines: int

    @property
    def total(self) -> int:
        """All of it (cents)."""
        return int(self.damages.sum()) + self.fines

    def part(self, most: int) -> Due:
        """As much of it as `most` cents pay, to all in proportion; no cent more."""
        if most >= self.total:
            return self
        share = max(most, 0) / self.total
        return Due(np.floor(share * self.damages).astype(np.int64), math.floor(share * self.fines))


def proven_by_sample(law: Law, sample: Sample, worth: Cents, repaid: Cents) -> Overpayment:
    """Return what a sample proves: of all claims of the look-back, or of its own alone.

    Args:
        law: says whether the sample's rate is extrapolated.
        sample: after its review.
        worth: (K,) cents that the finding adds to a claim, for each payer.
        repaid: (K,) cents that audits have recouped within the look-back.
    """
    found, size = np.array([sample.unsupported.sum()]), np.array([sample.size])
    limit = float(lower_limit(found, size)[0])
    if law.extrapolate:
        overpaid = np.floor(limit * (sample.paid * worth)).astype(np.int64)
    else:
        overpaid = sample.unsupported * worth
    return Overpayment(overpaid, repaid, math.floor(limit * int(sample.billed.sum())))


def collected_at_once(law: Law, owed: Overpayment, most: int | None) -> Cents:
    """Return (K,) cents that an accusation takes back, of at most `most` (None: no limit)."""
    due = np.maximum(owed.overpaid - owed.repaid, 0)
    taken = np.rint(float(law.collected.extrapolated) * due).astype(np.int64)
    return taken if most is None else Due(taken, 0).part(most).damages


def due_at_resolution(
    law: Law, owed: Overpayment, credited: Cents, share: NDArray[np.float64], fine: int, *, settled: bool
) -> Due:
    """Return what a settlement or a judgment orders beyond what was repaid, of what the payers themselves bore.

    Args:
        law: its multiple, or its damages.
        owed: what the case rests on.
        credited: (K,) cents repaid so far, to payers and patients.
        share: (K,) the part that each payer bore of what was overpaid.
        fine: cents of penalty for a false claim, if the case is judged.
        settled: whether the case is settled.
    """
    multiple, fine = (float(law.settlement.multiple), 0) if settled and law.settlement else (law.statute[0], fine)
    beyond = np.rint(multiple * share * owed.overpaid).astype(np.int64) - np.rint(share * credited).astype(np.int64)
    fines = owed.false * fine
    total = max(int(beyond.sum()) + fines, 0)
    fines = min(fines, total)
    return Due(_apportioned(np.maximum(beyond, 0), total - fines), fines)


def _apportioned(parts: Cents, total: int) -> Cents:
    """Return (K,) cents in the proportion of some parts, `total` at most."""
    whole = int(parts.sum())
    return parts if whole <= total else np.floor(parts * (total / whole)).astype(np.int64)


def collectible(law: Law, due: int, held: int, most: int | None) -> int:
    """Return the cents of a sum that are collected: in full of what is held back, in part of the rest.

    Args:
        law: its share of penalties that is collected.
        due: cents ordered.
        held: cents of the provider's that are held back.
        most: cents that the case may still take; None without a limit.
    """
    secured = min(due, held)
    taken = secured + round(float(law.collected.penalties) * (due - secured))
    return taken if most is None else min(taken, max(most, 0))
