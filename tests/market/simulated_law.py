"""The law by brute force: many careers of a provider under a law, drawn week by week from what the law says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Z = 1.2815515655446004  # 90th percentile of the standard normal


@dataclass(frozen=True)
class PlainLaw:
    """A law in plain numbers; times in weeks, money in USD."""

    horizon: int
    findings: int
    sample: int  # 0: the findings themselves accuse
    tolerated: float
    lookback: int
    audit_lag: int
    probe_lag: int
    resolution_lag: int
    bars: float
    audits_after: float
    tips: float
    offsets: float
    extrapolated: float
    penalties: float
    settled: float
    multiple: float
    damages: float
    per_claim: float
    liability: float  # weeks of honest income
    suspension: float


@dataclass
class Practice:
    """Options of one provider, (O,) each: claims a week, and those of the look-back before the first week."""

    paid: Array  # with the finding
    wrong: Array  # of them, those that a review would find unsupported
    submitted: Array  # with the finding
    findings: Array  # findings a week that count
    recouped: Array  # of them, those on paid claims
    past_paid: float
    past_wrong: float
    past_submitted: float
    found_so_far: int
    worth: float
    income: float
    fees: Array  # what is paid to it a week


def wilson_lower(failures: Array, size: Array) -> Array:
    n = np.maximum(size, 1)
    p = failures / n
    spread = Z * np.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return np.maximum((p + Z * Z / (2 * n) - spread) / (1 + Z * Z / n), 0)


def careers(law: PlainLaw, practice: Practice, runs: int, generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return (O, runs) USD taken by cases, weeks billed within the horizon, and USD recouped for single findings."""
    shape = (practice.paid.size, runs)
    weeks = law.horizon + law.audit_lag

    def rate(values: Array) -> Array:
        return np.broadcast_to(values[:, None], shape)

    books = np.zeros((3, law.lookback + weeks, *shape))  # paid, wrong, submitted in each week, the past first
    for row, past in enumerate((practice.past_paid, practice.past_wrong, practice.past_submitted)):
        books[row, : law.lookback] = past / law.lookback
    taken, repaid_all, billed = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    repaid = np.zeros((weeks, *shape))
    found = np.full(shape, float(practice.found_so_far))
    on_paid_claims = found * (practice.recouped / np.maximum(practice.findings, 1e-300))[:, None]
    free_from, barred_from = np.zeros(shape), np.full(shape, np.inf)
    watched = np.ones(shape)  # factor on audits
    coming = np.zeros((2, law.audit_lag + 1, *shape))  # findings on claims not yet audited: all, and on paid claims
    watched_from = np.full(shape, np.inf)
    for week in range(weeks):
        at = law.lookback + week
        open_ = (week < barred_from) & (week < law.horizon)
        billed += open_
        paid = generator.poisson(rate(practice.paid) * open_)
        share = np.clip(np.divide(practice.wrong, practice.paid, out=np.zeros(shape[0]), where=practice.paid > 0), 0, 1)
        books[0, at] = paid
        books[1, at] = generator.binomial(paid, rate(share))
        books[2, at] = paid + generator.poisson(rate(np.maximum(practice.submitted - practice.paid, 0)) * open_)
        watched = np.where(week >= watched_from, law.audits_after, 1.0)
        slot = week % (law.audit_lag + 1)
        on_paid = generator.poisson(rate(practice.recouped) * watched * open_)
        coming[0, slot] = on_paid + generator.poisson(
            rate(np.maximum(practice.findings - practice.recouped, 0)) * watched * open_
        )
        coming[1, slot] = on_paid
        due = (week - law.audit_lag) % (law.audit_lag + 1)
        new = coming[0, due] if week >= law.audit_lag else np.zeros(shape)
        new_paid = coming[1, due] if week >= law.audit_lag else np.zeros(shape)
        repaid[week] = new_paid * practice.worth * law.offsets
        repaid_all += repaid[week]
        free = (week >= free_from) & (week < barred_from)
        found += np.where(free, new, 0)
        on_paid_claims += np.where(free, new_paid, 0)
        tip = (generator.random(shape) < -np.expm1(-law.tips)) & (week < law.horizon)
        opens = free & ((found >= law.findings) | tip)
        if not opens.any():
            continue
        window = slice(week + 1, at + 1)
        totals = [np.rint(books[row, window].sum(axis=0)).astype(np.int64) for row in range(3)]
        recent = repaid[max(0, week + 1 - law.lookback) : week + 1].sum(axis=0)
        if law.sample:
            size = np.minimum(totals[0], law.sample)
            failures = generator.hypergeometric(totals[1], np.maximum(totals[0] - totals[1], 0), size)
            accused = opens & (failures / np.maximum(size, 1) > law.tolerated)
            limit = wilson_lower(failures, size)
            overpaid, false = limit * totals[0] * practice.worth, limit * totals[2]
        else:
            accused = opens
            overpaid, false = on_paid_claims * practice.worth, found
            recent = overpaid * law.offsets
        first = law.extrapolated * np.maximum(overpaid - recent, 0)
        settles = generator.random(shape) < law.settled
        owed = np.where(settles, law.multiple * overpaid, law.damages * overpaid + law.per_claim * false)
        due = np.maximum(owed - recent - first, 0)
        held = law.suspension * law.resolution_lag * practice.fees[:, None]
        secured = np.minimum(due, held)
        cost = first + secured + law.penalties * (due - secured)
        taken += np.where(accused, np.minimum(cost, law.liability * practice.income), 0)
        free_from = np.where(opens, week + 1 + law.probe_lag, free_from)
        free_from = np.where(accused, week + 1 + law.probe_lag + law.resolution_lag, free_from)
        watched_from = np.where(accused, np.minimum(watched_from, free_from), watched_from)
        bars = accused & (generator.random(shape) < law.bars)
        barred_from = np.where(bars, free_from, barred_from)
        found = np.where(opens, 0, found)
        on_paid_claims = np.where(opens, 0, on_paid_claims)
        if law.sample:  # a case deals with all that was billed before it
            for counts in (books[:, : at + 1], repaid[: week + 1], coming):
                counts[..., accused] = 0
    return taken, billed, repaid_all
