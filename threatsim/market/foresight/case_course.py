"""How often findings lead to an accusation, when, and how long a practice is barred: tables for each law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import exp
from threatsim.market.foresight.sample_odds import sample_odds

Floats = NDArray[np.float64]

PARTS = 2
"""Equal parts of the horizon, for each of which accusations are counted apart, with the weeks behind them."""
ACCUSED, BEHIND, BARRED, CHARGED = slice(0, PARTS), slice(PARTS, 2 * PARTS), 2 * PARTS, 2 * PARTS + 1
"""Places of the figures of `CourseTable.at`."""

_FIGURES = 2 * PARTS + 2
_STAGES = 12  # of the findings that open a case; more findings than that are counted by equal parts of them
_LATE_STARTS = 4  # starts, evenly over the horizon, for providers whose present case still runs
_MEANS = 48  # steps between no finding and infinitely many
_LEVELS = (1e-4, 1e-3, 0.006, 0.025, 0.07, 0.15, 0.27, 0.42, 0.58, 0.73, 0.85, 0.93, 0.975, 0.994, 0.999)
_PAST_LEVELS = (1e-3, 0.01, 0.07, 0.27, 0.58, 0.85, 0.97, 0.997)
"""The error rates tabulated are those at which a sample accuses with these chances, and 0 and 1."""


@dataclass(frozen=True)
class CaseCourse:
    """The numbers of a law that decide when cases are opened and how they end; times in whole weeks.

    A case opens in the week in which the findings reach `findings`, or at once on a tip. While it is open no other is.
    After `probe_lag` the provider is accused, if more than `tolerated` of a sample of its claims would not stand (or in
    any case, where there is no sample); else the case is closed and the findings are forgotten. `resolution_lag` after
    an accusation, which deals with all claims from before its case was opened, the practice is barred with the chance
    `bars`, or it goes on, its findings forgotten, and has `audits` times as many on its claims from then on.

    Attributes:
        horizon: weeks ahead that are reckoned with.
        findings: findings that open a case.
        sample: claims of the sample; 0 where there is none.
        tolerated: error rate of the sample above which it accuses.
        lookback: weeks of claims that a case reaches back.
        audit_lag: weeks from a claim to a finding on it.
        probe_lag: weeks from the opening of a case to the accusation.
        resolution_lag: weeks from the accusation to the end of the case.
        bars: chance that a case ends with exclusion or termination.
        audits: what the findings of those are multiplied by who have been accused and are not barred.
        tips: tips a week, each of which opens a case; for each conduct that insiders tell apart.
    """

    horizon: int
    findings: int
    sample: int = 0
    tolerated: float = 0.0
    lookback: int = 520
    audit_lag: int = 0
    probe_lag: int = 0
    resolution_lag: int = 0
    bars: float = 0.0
    audits: float = 1.0
    tips: tuple[float, ...] = (0.0,)

    @property
    def stages(self) -> int:
        """Stages in which the findings that open a case are counted: as many as these, or parts of them."""
        return min(self.findings, _STAGES)

    @property
    def stage(self) -> float:
        """Findings of a stage."""
        return self.findings / self.stages

    @property
    def states(self) -> int:
        """States of a provider of one conduct."""
        return self.stages + _LATE_STARTS - 1

    def weeks_behind(self, week: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the weeks of billing from now on that a case can reach back to which claims of `week` open."""
        return np.minimum(np.minimum(week + 1 + self.audit_lag, self.horizon), self.lookback)

    def state_of(self, missing: NDArray[np.int64], busy: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the states (N,) of providers that lack so many findings, and whose case runs for so many weeks.

        They are those of the first conduct of `tips`; those of the next follow after `states` of them.
        """
        late = np.rint(np.minimum(busy / self.horizon, 1.0) * _LATE_STARTS).astype(np.int64)
        free = np.clip(np.ceil(missing / self.stage).astype(np.int64), 1, self.stages)
        return np.where(late > 0, self.stages + np.minimum(late, _LATE_STARTS - 1), free) - 1


class CourseTable:
    """What is expected over the horizon, by the findings expected, the error rates now and before, and the state.

    The findings of a week are a Poisson number of the same mean in every week, and the claims of before now leave the
    look-back evenly. The expectations follow by backward recursion, week by week, from the last week of the horizon.
    Between the table's values they are interpolated: in sqrt(n / (n + s)) of the findings n expected over the horizon,
    with s = 2 sqrt(findings x horizon), and in the error rates. More than a dozen findings count as a dozen stages.

    The state of a provider (`CaseCourse.state_of`) is the number of findings that are missing to the next case; or, for
    those whose case still runs, how late in the horizon it ends.

    Args:
        course: the law.
    """

    def __init__(self, course: CaseCourse) -> None:
        self.course = course
        square = (np.arange(_MEANS + 1) / _MEANS) ** 2
        self._scale = 2 * float(np.sqrt(course.stages * course.horizon))
        mean = self._scale * square / np.maximum(1 - square, 1e-12)
        mean[0] = 1e-9  # as good as none
        self._rates, self._past_rates = (_tabulated_rates(course, levels) for levels in (_LEVELS, _PAST_LEVELS))
        chances = _chances(course, self._rates, self._past_rates)
        pasts = self._past_rates.size
        parts = [_expectations(course, tips, mean / course.horizon, *chances, pasts) for tips in course.tips]
        states = np.concatenate([states for part in parts for states in part])
        states[..., CHARGED] /= mean[:, None]
        self._columns = states.shape[2]
        self._figures = states.reshape(-1, _FIGURES)

    def at(self, state: NDArray[np.int64], mean: Floats, rate: Floats, past_rate: Floats) -> Floats:
        """Return (N, figures) the expectations of N providers.

        They are, at the places `ACCUSED` and `BEHIND`, for each part of the horizon the accusations that claims of it
        lead to, and the sum over them of the weeks of billing that they can reach back to; at `BARRED` the weeks of the
        horizon for which the practice is barred; at `CHARGED` the findings on which cases were opened.

        Args:
            state: of each (`CaseCourse.state_of`).
            mean: findings expected of each over the horizon.
            rate: share of its claims from now on that would not stand; `past_rate`: of those of before.
        """
        passed = mean / self.course.stage
        scaled = np.sqrt(passed / (passed + self._scale)) * _MEANS
        below = np.minimum(scaled.astype(np.int64), _MEANS - 1)
        place, along = state * (_MEANS + 1) + below, scaled - below
        if self._columns == 1:
            figures = self._between(place, along)
        else:
            column, now = _between(rate, self._rates)
            past, before = _between(past_rate, self._past_rates)
            stride = self._past_rates.size
            place = place * self._columns + column * stride + past
            near, far = (
                _mixed(self._between(place + step, along), self._between(place + step + 1, along), before)
                for step in (0, stride)
            )
            figures = _mixed(near, far, now)
        figures[:, CHARGED] *= mean
        return figures

    def _between(self, place: NDArray[np.int64], along: Floats) -> Floats:
        return _mixed(self._figures[place], self._figures[place + self._columns], along)


def _between(value: Floats, table: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the places (N,) in a table of the numbers below some values, and how far those lie toward the next."""
    below = np.clip(np.searchsorted(table, value, side="right") - 1, 0, table.size - 2)
    return below, (value - table[below]) / (table[below + 1] - table[below])


def _mixed(low: Floats, high: Floats, share: Floats) -> Floats:
    """Return (N, F) low + share (high - low), in the place of `low`."""
    high -= low
    high *= share[:, None]
    low += high
    return low


def _tabulated_rates(course: CaseCourse, levels: tuple[float, ...]) -> Floats:
    """Return the error rates at which the sample accuses with some chances, and 0 and 1, ascending."""
    if not course.sample:
        return np.zeros(1)
    accuses = sample_odds(course.sample, course.tolerated).accuses[course.sample]
    known = np.arange(accuses.size) / (accuses.size - 1)
    return np.unique(np.concatenate([[0.0, 1.0], np.interp(levels, accuses, known)]))


def _chances(course: CaseCourse, rates: Floats, past_rates: Floats) -> tuple[Floats, Floats]:
    """Return the chance that a case accuses, by both error rates: (weeks, R) by the week of its claims; (R,) later."""
    if not course.sample:
        return np.ones((course.horizon, 1)), np.ones(1)
    rate, past_rate = (each.ravel() for each in np.meshgrid(rates, past_rates, indexing="ij"))
    share = course.weeks_behind(np.arange(course.horizon))[:, None] / course.lookback
    odds, mixed = sample_odds(course.sample, course.tolerated), past_rate + share * (rate - past_rate)

    def accuses(rate: Floats) -> Floats:
        return odds.at(np.full(rate.size, course.sample), rate.ravel())[0].reshape(rate.shape)

    return accuses(mixed), accuses(rate)


def _expectations(
    course: CaseCourse, tips: float, weekly: Floats, chances: Floats, later: Floats, pasts: int
) -> tuple[Floats, Floats]:
    """Return what is expected from week 0 on, by findings missing, and from the late starts on, with none yet.

    Args:
        course: the law.
        tips: tips a week.
        weekly: (M,) stages of findings expected a week.
        chances: (horizon, R) chance that a case accuses which claims of a week open.
        later: (R,) the same of any case after the first accusation, which takes all claims of before.
        pasts: error rates of before, of which R counts each of those from now on so many times in turn.

    Returns:
        (findings, M, R, figures) and (late starts, M, R, figures).
    """
    again = None
    if course.probe_lag + course.resolution_lag < course.horizon and course.bars < 1:
        once = later[::pasts]  # what was before matters no more
        always = np.broadcast_to(once, (course.horizon, once.size))
        again = _recursion(course, tips, weekly * course.audits, always, None, later=True)[1]
    now, none_yet = _recursion(course, tips, weekly, chances, again)
    starts = [course.horizon * part // _LATE_STARTS for part in range(1, _LATE_STARTS)]
    return now[..., :_FIGURES], none_yet[starts][..., :_FIGURES]


def _recursion(
    course: CaseCourse, tips: float, weekly: Floats, chances: Floats, again: Floats | None, *, later: bool = False
) -> tuple[Floats, Floats]:
    """Return what is expected from week 0 on by findings missing, and from every week on with none yet.

    The weeks behind an accusation that follows another are those since that one. So `again` counts those of the first
    accusation from the first week, and the week of the one before is taken away; for which the accusations that are the
    first to come are figures of their own, after the others.

    Args:
        course, tips, weekly, chances: as for `_expectations`.
        again: what is expected after an accusation, by the error rates from now on alone; None if these expectations
            are such themselves, or if none follows within the horizon.
        later: whether these expectations are those after an accusation.
    """
    k, horizon, last = course.stages, course.horizon, again is None
    lags = course.probe_lag + course.resolution_lag
    # Claims from before the end of a case are audited as often as ever: until these are closed, fewer are found.
    unwatched = round(course.audit_lag * (1 - 1 / max(course.audits, 1.0)))
    pmf = np.zeros((k, weekly.size))  # of 0, 1, 2, ... findings in a week
    pmf[0] = exp(-np.minimum(weekly, 700.0))
    for j in range(1, k):
        pmf[j] = pmf[j - 1] * weekly / j
    tail = np.maximum(1 - np.cumsum(pmf, axis=0), 0.0)  # (k, M) chance of more than 0, 1, 2, ...
    untipped = float(exp(-tips))
    figures = _FIGURES + PARTS if last else _FIGURES
    shape = (weekly.size, chances.shape[1], figures)
    now = np.zeros((k + 1, *shape))  # by findings missing; 0 is not used
    none_yet = np.zeros((horizon + 1, *shape))
    following = none_yet if again is None else again
    repeats = chances.shape[1] // following.shape[2]
    # The findings of a week in which they reach 1, 2, ..., times the chance of it.
    reached = weekly * np.concatenate([np.ones((1, weekly.size)), tail[:-1]])
    behind = np.arange(1, horizon + 1) if later else course.weeks_behind(np.arange(horizon))
    for week in range(horizon - 1, -1, -1):
        part = min(week * PARTS // horizon, PARTS - 1)
        accused = (1 - course.bars) * following[min(week + 1 + lags + unwatched, horizon)]
        accused[:, :, BEHIND] -= (week + 1) * accused[:, :, _FIGURES:]
        if last:
            accused[:, :, _FIGURES:] = 0.0
            accused[:, :, _FIGURES + part] += 1.0
        else:
            accused = np.repeat(accused[:, :, :_FIGURES], repeats, axis=1)
        accused[:, :, part] += 1.0
        accused[:, :, PARTS + part] += behind[week]
        accused[:, :, BARRED] += course.bars * max(horizon - week - 1 - course.audit_lag - lags, 0)
        opened = none_yet[min(week + 1 + course.probe_lag, horizon)].copy()
        opened += chances[week][:, None] * (accused - opened)
        before = now.copy()
        for missing in range(1, k + 1):
            value = tail[missing - 1][:, None, None] * opened
            for found in range(missing):
                value += pmf[found][:, None, None] * before[missing - found]
            value[:, :, CHARGED] += ((k - missing) * tail[missing - 1] + reached[missing - 1])[:, None]
            if untipped < 1:
                value *= untipped
                value += (1 - untipped) * opened
            now[missing] = value
        none_yet[week] = now[k]
    return now[1:], none_yet


@lru_cache(maxsize=64)
def course_table(course: CaseCourse) -> CourseTable:
    """Return the table of one law, which is made once."""
    return CourseTable(course)
