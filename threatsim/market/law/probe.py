"""The probe: a fresh probability sample of a practice's paid claims, and what its review finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.law.look_back import BILLED, SUPPORTED, UNSUPPORTED
from threatsim.scenario.schema import Appeals, Audit, Law

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """A probe of one practice; columns by payer (K,) of those under the law.

    Attributes:
        opened, due: week in which the sample was drawn, and that of its result.
        drawn: claims of the sample.
        unsupported: those of them that the review found unsupported, after appeals.
        appealed: appeals against what it found.
        paid, billed: claims of the look-back when it was drawn: paid and billed with the finding.
    """

    opened: int
    due: int
    drawn: Counts
    unsupported: Counts
    appealed: Counts
    paid: Counts
    billed: Counts

    @property
    def size(self) -> int:
        """Claims of the sample."""
        return int(self.drawn.sum())

    @property
    def rate(self) -> float:
        """Share of the sample that was found unsupported; 0 of none."""
        return int(self.unsupported.sum()) / self.size if self.size else 0.0


def draw_sample(
    law: Law, audits: Sequence[Audit], claims: Counts, generator: np.random.Generator, *, week: int, lag: int
) -> Sample:
    """Draw a sample without replacement, each claim of the look-back with the same chance, and review it.

    Args:
        law: says how many claims, and how appeals end; it has a probe.
        audits: (K,) how well each payer audits.
        claims: (4, K) claims of the practice within the look-back, by kind (`look_back`) and payer.
        generator: of this practice in this week.
        week: in which it is drawn.
        lag: weeks to its result.
    """
    assert law.probe is not None
    payers = len(audits)
    cells = claims[[UNSUPPORTED, SUPPORTED]].ravel().tolist()  # unsupported ones of each payer, then supported ones
    size = min(law.probe.claims, sum(cells))
    picked, verdict, filed, overturned = generator.random((4, law.probe.claims))[:, :size]
    cell = np.array(_without_replacement(cells, picked.tolist()), np.int64)
    payer, supported = cell % payers, cell >= payers
    sensitivity = np.array([float(audit.sensitivity) for audit in audits])
    specificity = np.array([float(audit.specificity) for audit in audits])
    found = verdict < np.where(supported, 1 - specificity[payer], sensitivity[payer])
    appealed, succeeds = _appeals(law.appeals, supported)
    appeal = found & (filed < appealed)
    stands = found & ~(appeal & (overturned < succeeds))

    def by_payer(which: NDArray[np.bool_]) -> Counts:
        return np.bincount(payer[which], minlength=payers)

    return Sample(
        opened=week,
        due=week + lag,
        drawn=np.bincount(payer, minlength=payers),
        unsupported=by_payer(stands),
        appealed=by_payer(appeal),
        paid=claims[UNSUPPORTED] + claims[SUPPORTED],
        billed=claims[BILLED].copy(),
    )


def _without_replacement(cells: list[int], uniforms: list[float]) -> list[int]:
    """Return the cell of each claim drawn; `cells` are the numbers of claims of each, which it uses up."""
    left = sum(cells)
    drawn = []
    for uniform in uniforms:
        place, cell = int(uniform * left), 0
        while place >= cells[cell]:
            place -= cells[cell]
            cell += 1
        cells[cell] -= 1
        left -= 1
        drawn.append(cell)
    return drawn


def _appeals(appeals: Appeals | None, supported: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
    """Return the share of findings that is appealed, and (n,) the chance that an appeal of each claim succeeds."""
    if appeals is None:
        return 0.0, np.zeros(supported.size)
    succeeds = np.where(supported, float(appeals.overturned_supported), float(appeals.overturned_unsupported))
    return float(appeals.filed), succeeds
