"""How often cases open, when, and for how long a practice is barred: closed forms and an independent simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from threatsim.market.foresight.case_course import ACCUSED, BARRED, BEHIND, CHARGED, CaseCourse, CourseTable


def figures(course: CaseCourse, mean: float, rate: float = 1.0, missing: int = 0, busy: int = 0) -> np.ndarray:
    """Return the expectations of one provider whose error rate has always been `rate`."""
    state = course.state_of(np.array([missing or course.findings]), np.array([busy]))
    return CourseTable(course).at(state, np.array([mean]), np.array([rate]), np.array([rate]))[0]


@pytest.mark.parametrize("mean", [0.01, 0.4, 3.0, 40.0])
@pytest.mark.parametrize(("findings", "missing"), [(1, 1), (4, 4), (4, 2), (12, 11)])
def test_a_case_that_outlasts_the_horizon_opens_when_a_poisson_number_is_reached(
    mean: float, findings: int, missing: int
) -> None:
    made = figures(CaseCourse(104, findings, probe_lag=104), mean, missing=missing)
    assert made[ACCUSED].sum() == pytest.approx(stats.poisson.sf(missing - 1, mean), rel=0.06, abs=3e-4)
    weeks = np.arange(1, 105)
    opened = np.diff(stats.poisson.sf(missing - 1, mean * np.arange(105) / 104))
    assert made[BEHIND].sum() == pytest.approx((opened * weeks).sum(), rel=0.06, abs=3e-2)


def test_what_a_last_case_reaches_back_to_is_billed_until_the_finding_and_bounded_by_the_look_back() -> None:
    course = CaseCourse(104, 1, lookback=60, audit_lag=6, probe_lag=104)
    opened = np.diff(stats.poisson.sf(0, 0.4 * np.arange(105) / 104))
    weeks = np.minimum(np.arange(1, 105) + 6, 60)
    assert figures(course, 0.4)[BEHIND].sum() == pytest.approx((opened * weeks).sum(), rel=0.06)


def test_all_findings_are_charged_where_one_opens_a_case_at_once() -> None:
    for mean in (0.05, 2.0, 300.0, 1e5):
        assert figures(CaseCourse(52, 1), mean)[CHARGED] == pytest.approx(mean, rel=0.02)


def test_a_great_many_findings_are_reached_about_when_there_are_so_many() -> None:
    course = CaseCourse(104, 1000, probe_lag=104)
    few, enough, many = (figures(course, mean)[ACCUSED].sum() for mean in (300.0, 1000.0, 2500.0))
    assert few < 1e-3
    assert 0.3 < enough < 0.7
    assert many > 0.999


def test_a_bar_takes_the_weeks_after_the_lags() -> None:
    course = CaseCourse(104, 1, sample=30, tolerated=0.2, audit_lag=3, probe_lag=20, resolution_lag=30, bars=1.0)
    assert figures(course, 1e9)[BARRED] == pytest.approx(104 - 1 - 53, rel=1e-3)  # found in the first week
    assert figures(course, 1e9, rate=0.0)[BARRED] == 0  # never accused
    assert figures(CaseCourse(104, 1, probe_lag=80, resolution_lag=30, bars=1.0), 1e9)[BARRED] == 0


def test_tips_open_cases_without_findings() -> None:
    tipped = CaseCourse(104, 4, probe_lag=104, tips=(0.01,))
    assert figures(tipped, 0.0)[ACCUSED].sum() == pytest.approx(1 - np.exp(-0.01 * 104), rel=1e-9)


def test_whoever_is_busy_with_a_case_has_the_rest_of_the_horizon_for_the_next() -> None:
    lags = {"probe_lag": 104}
    rest = figures(CaseCourse(104, 2, **lags), 10.0, busy=52)
    assert rest[ACCUSED][0] == 0
    assert rest[ACCUSED].sum() == pytest.approx(figures(CaseCourse(52, 2, **lags), 5.0)[ACCUSED].sum(), rel=0.01)


def test_claims_of_before_dilute_what_a_sample_shows() -> None:
    """Whoever has long billed honestly is not accused as soon as who has no past."""
    course = CaseCourse(104, 1, sample=30, tolerated=0.2, lookback=156, probe_lag=104)
    state = course.state_of(np.array([1]), np.array([0]))

    def accused(past_rate: float) -> float:
        made = CourseTable(course).at(state, np.array([300.0]), np.array([0.5]), np.array([past_rate]))
        return float(made[0, ACCUSED].sum())

    assert accused(0.5) == pytest.approx(1, abs=0.01)
    assert accused(0.0) < 0.01  # found in the first weeks, when next to nothing of its look-back is false


@pytest.mark.parametrize(
    ("course", "mean", "rate", "missing"),
    [
        (CaseCourse(104, 4, 30, 0.2, 520, 3, 6, 12, 0.3, 5.0, (0.002,)), 9.0, 0.22, 3),
        (CaseCourse(104, 2, 20, 0.1, 520, 0, 0, 0, 0.05), 40.0, 1.0, 2),
        (CaseCourse(52, 3, 20, 0.2, 520, 2, 4, 0, 0.5), 7.0, 0.18, 1),
    ],
)
def test_against_a_simulation_of_the_same_course(course: CaseCourse, mean: float, rate: float, missing: int) -> None:
    made = figures(course, mean, rate, missing)
    chance = float(stats.binom.sf(np.floor(course.tolerated * course.sample + 1e-9), course.sample, rate))
    drawn = np.array([one_course(course, mean, chance, missing, seed) for seed in range(3000)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    told = np.array([made[ACCUSED].sum(), made[BEHIND].sum(), made[BARRED]])
    assert (np.abs(told - drawn.mean(axis=0)) < 4 * error + 0.03 * told).all()


def one_course(course: CaseCourse, mean: float, chance: float, missing: int, seed: int) -> tuple[int, int, int]:
    """Return the accusations of one provider, the weeks behind them, and the weeks for which it is barred."""
    generator = np.random.default_rng([7, seed])
    found, busy_until, closed, watched_from = course.findings - missing, 0, -course.audit_lag, 10**6
    accused, behind = 0, 0
    for week in range(course.horizon):
        new = generator.poisson(mean / course.horizon * (course.audits if week >= watched_from else 1))
        tipped = generator.random() < -np.expm1(-course.tips[0])
        if week < busy_until:
            continue
        found += new
        if found < course.findings and not tipped:
            continue
        found, busy_until = 0, week + 1 + course.probe_lag
        if generator.random() < chance:
            accused, behind, closed = accused + 1, behind + week + 1 - closed, week + 1
            busy_until += course.resolution_lag
            if generator.random() < course.bars:
                return accused, behind, max(course.horizon - busy_until - course.audit_lag, 0)
            watched_from = min(watched_from, busy_until + course.audit_lag)
    return accused, behind, 0
