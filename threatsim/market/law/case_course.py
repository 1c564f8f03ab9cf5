"""How often findings lead to a case, when, and how much of the time ahead a practice is barred: tables for each law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import exp

Floats = NDArray[np.float64]

PARTS = 2
"""Equal parts of the horizon, for each of which cases are counted apart, with the mean week of their opening."""
LATE_STARTS = 4
"""Starts, evenly over the horizon, that are tabulated for providers whose present case still runs."""
CASES, WEEKS, BARRED, CHARGED = slice(0, PARTS), slice(PARTS, 2 * PARTS), 2 * PARTS, 2 * PARTS + 1
"""Places of the figures of `CourseTable.at`."""

_FIGURES = 2 * PARTS + 2
_MEANS = 96  # steps between no finding and infinitely many
_CHANCES = 4  # steps of the chance that a case accuses, from 0 to 1


@dataclass(frozen=True)
class CaseCourse:
    """The numbers of a law that decide when cases are opened and how they end; times in whole weeks.

    A case opens in the week in which the findings reach `findings`, or at once on a tip. While it is open no other is.
    After `probe_lag` it is closed, and the findings are forgotten, or the provider is accused; `resolution_lag` later
    the practice is barred with the chance `bars`, or it goes on, its findings forgotten, and has `audits` times as many
    from then on.

    Attributes:
        horizon: weeks ahead that are reckoned with.
        findings: findings that open a case.
        audit_lag: weeks from a claim to a finding on it.
        probe_lag: weeks from the opening of a case to the accusation.
        resolution_lag: weeks from the accusation to the end of the case.
        bars: chance that a case ends with exclusion or termination.
        audits: what the findings of those are multiplied by who have been accused and are not barred.
        tips: tips a week, each of which opens a case.
    """

    horizon: int
    findings: int
    audit_lag: int = 0
    probe_lag: int = 0
    resolution_lag: int = 0
    bars: float = 0.0
    audits: float = 1.0
    tips: float = 0.0


class CourseTable:
    """What is expected over the horizon, by the findings expected, the chance that a case accuses, and the state now.

    The findings of a week are a Poisson number of the same mean in every week. The expectations follow by backward
    recursion, week by week, from the last week of the horizon; between the table's values they are interpolated, in
    sqrt(n / (n + findings)) of the findings n expected over the horizon, and in the chance.

    The state of a provider is the number of findings that are missing to the next case, 1 to `findings`; or, for those
    whose case still runs for some of the weeks ahead, `findings` + 1 to `findings` + `LATE_STARTS` - 1 (`state_of`).

    Args:
        course: the law.
    """

    def __init__(self, course: CaseCourse) -> None:
        self.course = course
        step = np.arange(_MEANS + 1) / _MEANS
        square = step * step
        mean = course.findings * square / np.maximum(1 - square, 1e-12)
        mean[0] = 1e-9  # as good as none
        chance = np.arange(_CHANCES + 1) / _CHANCES
        first, openings = _expectations(course, mean / course.horizon, chance)
        starts = [course.horizon * part // LATE_STARTS for part in range(1, LATE_STARTS)]
        states = np.concatenate([first, openings[starts]])  # (states, means, chances, figures)
        states[..., CHARGED] /= mean[:, None]
        self._figures = states.reshape(-1, _FIGURES)

    def state_of(self, missing: NDArray[np.int64], busy: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the states (N,) of providers that lack so many findings, and whose case runs for so many weeks."""
        late = np.rint(np.minimum(busy / self.course.horizon, 1.0) * LATE_STARTS).astype(np.int64)
        free = np.clip(missing, 1, self.course.findings)
        return np.where(late > 0, self.course.findings + np.minimum(late, LATE_STARTS - 1), free) - 1

    def at(self, state: NDArray[np.int64], mean: Floats, chance: Floats) -> Floats:
        """Return (N, figures) the expectations of N providers.

        They are, at the places `CASES` and `WEEKS`, for each part of the horizon the cases opened, and the sum over
        them of the weeks billed before; at `BARRED` the weeks of the horizon for which the practice is barred; at
        `CHARGED` the findings on which cases were opened.

        Args:
            state: of each (`state_of`).
            mean: findings expected of each over the horizon.
            chance: chance that a case accuses it.
        """
        x = np.sqrt(mean / (mean + self.course.findings)) * _MEANS
        left = np.minimum(x.astype(np.int64), _MEANS - 1)
        y = chance * _CHANCES
        low = np.minimum(y.astype(np.int64), _CHANCES - 1)
        x -= left
        y -= low
        place = (state * (_MEANS + 1) + left) * (_CHANCES + 1) + low
        figures = self._figures
        near, far = figures[place], figures[place + (_CHANCES + 1)]
        near += y[:, None] * (figures[place + 1] - near)
        far += y[:, None] * (figures[place + (_CHANCES + 2)] - far)
        near += x[:, None] * (far - near)
        near[:, CHARGED] *= mean
        return near


def _expectations(course: CaseCourse, weekly: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """Return the expectations of week 0 by findings missing, and those of every week with none yet.

    Args:
        course: the law.
        weekly: (M,) findings expected a week.
        chance: (C,) chances that a case accuses.

    Returns:
        (findings, M, C, figures) and (horizon + 1, M, C, figures).
    """
    k, horizon = course.findings, course.horizon
    end = course.probe_lag + course.resolution_lag
    again = None  # expectations of those who have been accused
    if course.audits != 1 and end < horizon and course.bars < 1:
        again = _expectations(replace(course, audits=1.0), weekly * course.audits, chance)[1]
    pmf = np.zeros((k, weekly.size))  # of 0, 1, 2, ... findings in a week
    pmf[0] = exp(-np.minimum(weekly, 700.0))
    for j in range(1, k):
        pmf[j] = pmf[j - 1] * weekly / j
    tail = np.maximum(1 - np.cumsum(pmf, axis=0), 0.0)  # (k, M) chance of more than 0, 1, 2, ...
    untipped = float(exp(-course.tips))
    shape = (weekly.size, chance.size, _FIGURES)
    now = np.zeros((k + 1, *shape))  # by findings missing; 0 is not used
    none_yet = np.zeros((horizon + 1, *shape))
    # The findings of a week in which they reach 1, 2, ..., times the chance of it.
    reached = weekly * np.concatenate([np.ones((1, weekly.size)), tail[:-1]])
    for week in range(horizon - 1, -1, -1):
        part = min(week * PARTS // horizon, PARTS - 1)
        opened = np.zeros(shape)
        opened[:, :, part] = 1.0
        opened[:, :, PARTS + part] = week + 1
        closed = none_yet[min(week + 1 + course.probe_lag, horizon)]
        resolved = (none_yet if again is None else again)[min(week + 1 + end, horizon)] * (1 - course.bars)
        resolved[:, :, BARRED] += course.bars * max(horizon - week - 1 - course.audit_lag - end, 0)
        opened += closed + chance[:, None] * (resolved - closed)
        before = now.copy()
        for missing in range(1, k + 1):
            value = tail[missing - 1][:, None, None] * opened
            for found in range(missing):
                value += pmf[found][:, None, None] * before[missing - found]
            value[:, :, CHARGED] += ((k - missing) * tail[missing - 1] + reached[missing - 1])[:, None]
            value *= untipped
            value += (1 - untipped) * opened
            now[missing] = value
        none_yet[week] = now[k]
    return now[1:], none_yet


@lru_cache(maxsize=64)
def course_table(course: CaseCourse) -> CourseTable:
    """Return the table of one law, which is made once."""
    return CourseTable(course)
