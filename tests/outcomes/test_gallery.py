"""Which cases a report shows: successes and failures in the proportion of all, another case for each tactic."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.outcomes.preparation.gallery import shown_cases

THRESHOLD = 0.5


def table(shares: list[float], n: int = 40) -> OutcomeTable:
    """Cases 0 to n-1 without the finding, then as many with it; a tactic succeeds on the first of the former."""
    labels = np.repeat(np.array([0, 1], np.int8), n)
    clean = np.where(labels == 0, 0.1, 0.9).astype(np.float32)
    attacked = {
        f"tactic_{i}": np.concatenate([np.arange(n) < round(share * n), np.ones(n)]).astype(np.float32)
        for i, share in enumerate(shares)
    }
    return OutcomeTable(
        modality="dermoscopy",
        labels=labels,
        patients=np.arange(2 * n),
        clean=clean,
        attacked=attacked,
        calibration_scores=clean,
        calibration_labels=labels,
    )


def successes(shares: list[float]) -> list[bool]:
    found = table(shares)
    shown = shown_cases(found, list(found.attacked), THRESHOLD)
    assert [case.share for case in shown] == pytest.approx(shares)
    assert all(found.labels[case.row] == 0 for case in shown)
    assert len({case.row for case in shown}) == len(shown)
    return [bool(found.attacked[f"tactic_{i}"][case.row] >= THRESHOLD) for i, case in enumerate(shown)]


def test_of_three_tactics_that_succeed_seldom_one_is_seen_to_succeed() -> None:
    assert successes([0.4, 0.4, 0.4]) == [False, True, False]
    assert successes([0.0, 1.0, 0.5]) == [False, True, True]


def test_as_many_succeed_as_of_all_cases_to_the_nearest() -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        shares = [int(x) / 40 for x in rng.integers(3, 38, size=6)]
        shown = successes(shares)
        for upto in range(1, 7):
            assert abs(sum(shown[:upto]) - sum(shares[:upto])) <= 0.5


def test_a_case_is_shown_where_none_is_below_the_threshold() -> None:
    found = table([0.25])
    (case,) = shown_cases(found, ["tactic_0"], 0.05)
    assert found.labels[case.row] == 0
    (case,) = shown_cases(table([1.0], n=1), ["tactic_0"], THRESHOLD)
    assert case.row == 0
