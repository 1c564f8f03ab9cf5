"""The week's cases and claims as columns.

All cases of a week are drawn, those of excluded providers too, so that a row is the same case under every
policy. Claims billed without the finding need no decision and are only counted; claims billed with it are
laid out payer by payer, so that each payer works on slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import LARGEST_MEAN, PoissonTable
from threatsim.common.errors import ThreatsimError
from threatsim.market.case_pool import CasePool
from threatsim.market.conventions import ALL_PAYERS, HONEST
from threatsim.market.providers.colleagues import move_patients
from threatsim.market.providers.table import ProviderTable
from threatsim.market.streams import Streams, WeekDraws

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Demand:
    """The cases of a week, ordered by provider.

    Attributes:
        week: number of the week, from 0.
        counts: (P,) cases that come to each provider.
        provider: (n,) row of the provider who sees the case: a colleague, if the one it comes to may not bill.
        moved: (m,) rows of the cases that a colleague sees.
        payer: (n,) number of the payer.
        truth: (n,) whether the case truly has the finding.
        draws: the week's random columns, (n,) each.
    """

    week: int
    counts: NDArray[np.int64]
    provider: NDArray[np.int64]
    moved: NDArray[np.int64]
    payer: NDArray[np.uint8]
    truth: Flags
    draws: WeekDraws

    def spread(self, column: NDArray[Number]) -> NDArray[Number]:
        """Return (N,) a column of the providers (P,) for each of the cases that they see."""
        cases = np.repeat(column, self.counts)
        if self.moved.size:
            cases[self.moved] = column[self.provider[self.moved]]
        return cases


@dataclass
class Claims:
    """Claims billed with the finding; all columns (m,), a block for each payer.

    Attributes:
        row: row of the case among the week's cases, and so its place in the random columns.
        provider: row of the provider.
        tactic: tactic of a claim billed falsely on purpose, else `HONEST`.
        truth: whether the case truly has the finding.
        case: number of the case in the pool.
        score: p(finding) of the payer's classifier on the submitted image.
        suppressed: the payer altered the image so that its classifier does not see the finding.
        approval_suppressed: likewise, and its classifier would have approved the image that the provider sent.
        approved: the triage model scored it at or above the threshold.
        pended: held for a reader by the triage model.
        flagged: the signature of the image failed, or another control on the image raised an alarm.
        held: a control wants a reader to see it, or has it denied.
        read: read by a reader.
        recognised: before payment, as tampered with or substituted, by a control or by a reader; an audit finding too.
        paid: paid with the finding; otherwise it is paid as a claim without it.
        audited: drawn for an audit.
        found: an audit finding that arrives within the run, of a claim recognised before payment or of an audit.
    """

    row: NDArray[np.int64]
    provider: NDArray[np.int64]
    tactic: NDArray[np.int8]
    truth: Flags
    case: NDArray[np.int64]
    score: NDArray[np.float32]
    suppressed: Flags
    approval_suppressed: Flags
    approved: Flags
    pended: Flags
    flagged: Flags
    held: Flags
    read: Flags
    recognised: Flags
    paid: Flags
    audited: Flags
    found: Flags

    def part(self, rows: slice) -> Claims:
        """Return a view of some rows: what is written there is written here."""
        return Claims(*(getattr(self, column.name)[rows] for column in fields(self)))


def case_numbers(table: ProviderTable) -> PoissonTable:
    """Return what the numbers of cases are drawn from.

    Raises:
        ThreatsimError: a provider's mean is too large.
    """
    try:
        return PoissonTable(table.volume)
    except ValueError:
        raise ThreatsimError(
            f"a provider sees more cases than can be drawn; the most is a mean of {LARGEST_MEAN:g} a week",
            hint="Set a smaller weekly_volume or volume_skew.",
        ) from None


def draw_demand(
    table: ProviderTable,
    numbers: PoissonTable,
    payer_shares: Sequence[float],
    lost: NDArray[np.float32],
    streams: Streams,
    week: int,
) -> Demand:
    """Draw the cases of a week: their numbers from `numbers`, truth by prevalence, payer by share.

    Args:
        table: the providers.
        numbers: tables of the law that the number of cases of each is drawn by.
        payer_shares: share of the cases of each payer.
        lost: (specialties,) share of the patients of a barred practice whom no colleague sees.
        streams: of the replicate.
        week: number of the week, from 0.
    """
    counts = numbers.draw(streams.generator("demand", week))
    draws = streams.week(week, int(counts.sum()))
    truth = draws("truth") < np.repeat(table.prevalence, counts)
    payer = np.zeros(truth.size, np.uint8)
    if len(payer_shares) > 1:
        uniform = draws("payer")
        for edge in np.cumsum(payer_shares)[:-1]:
            payer += uniform >= np.float32(edge)
    provider = np.repeat(np.arange(len(table)), counts)
    moved = move_patients(provider, payer, counts, table, lost, draws)
    return Demand(week, counts, provider, moved, payer, truth, draws)


def bill(demand: Demand, table: ProviderTable, pool: CasePool, hardened: Sequence[bool]) -> tuple[Claims, list[slice]]:
    """Bill the week's cases and submit the images.

    A case without the finding is billed with it on purpose with the provider's share, else in error with
    `error_up`; a case with the finding is billed without it in error with `error_down`. A provider
    bills nothing to a payer that bars it; one with a target bills falsely to that payer only.

    Args:
        demand: the week's cases.
        table: the providers.
        pool: the cases that the images are drawn from.
        hardened: whether each payer's classifier is the hardened one.

    Returns:
        The claims billed with the finding, and the slice of each payer's claims.
    """
    draws, truth = demand.draws, demand.truth
    mistake = draws("coding_error")
    false = draws("false_billing") < demand.spread(table.share)
    false &= ~truth
    if (table.target != ALL_PAYERS).any():
        target = demand.spread(table.target)
        false &= (target == ALL_PAYERS) | (target == demand.payer)
    up, down = mistake < demand.spread(table.error_up), mistake < demand.spread(table.error_down)
    billed = np.where(truth, ~down, up)
    billed |= false
    if table.barred.any():
        billed &= ~table.barred[demand.payer, demand.provider]

    blocks = [np.flatnonzero(billed & (demand.payer == payer)) for payer in range(len(hardened))]
    edges = np.cumsum([0, *(block.size for block in blocks)]).tolist()
    row = np.concatenate(blocks)
    provider, with_finding = demand.provider[row], truth[row]
    tactic = np.where(false[row], table.tactic[provider], np.int8(HONEST))
    case = pool.draw(table.modality[provider], with_finding, draws("case")[row])
    slices = [slice(start, stop) for start, stop in pairwise(edges)]
    if len(set(hardened)) == 1:
        score = pool.score(case, tactic, hardened[0])
    else:
        parts = (
            pool.score(case[part], tactic[part], is_hardened)
            for part, is_hardened in zip(slices, hardened, strict=True)
        )
        score = np.concatenate(list(parts))
    flags = (np.zeros(row.size, np.bool_) for _ in range(11))
    return Claims(row, provider, tactic, with_finding, case, score, *flags), slices


def false_claims(claims: Claims, size: int) -> tuple[Counts, Counts, Counts]:
    """Return (P,) the false claims of each of `size` providers, those of them paid, and those recognised."""
    false = np.flatnonzero(claims.tactic != HONEST)
    billed = np.bincount(claims.provider[false], minlength=size)
    paid = np.bincount(claims.provider[false[claims.paid[false]]], minlength=size)
    recognised = np.bincount(claims.provider[false[claims.recognised[false]]], minlength=size)
    return billed, paid, recognised


def count_claims(demand: Demand, table: ProviderTable, payers: int) -> NDArray[np.int64]:
    """Return claims of every kind that each provider sends to each payer, (B, P) of B `payers`."""
    totals = np.zeros((payers, len(table)), np.int64)
    for payer in range(1, payers):
        totals[payer] = np.bincount(demand.provider[demand.payer == payer], minlength=len(table))
    seen = np.bincount(demand.provider, minlength=len(table)) if demand.moved.size else demand.counts
    totals[0] = seen - totals[1:].sum(axis=0)
    totals[table.barred] = 0
    return totals
