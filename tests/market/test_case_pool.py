"""Cases are resampled by patient and drawn uniformly among those of a label."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.case_pool import case_pool

TACTICS = ["code_only", "patch_natural", "pgd_white_box"]
MODALITIES = ["fundoscopy", "chest_xray"]


def test_cases_of_a_patient_are_resampled_together(tables: dict[str, OutcomeTable]) -> None:
    pool = case_pool(tables, MODALITIES, TACTICS, np.random.default_rng(1))
    for row, name in enumerate(MODALITIES):
        first = pool.first[row]
        times = Counter[int]()
        for label in (0, 1):
            start, size = pool.start[row, label], pool.size[row, label]
            of_label = pool.members[start : start + size] - first
            assert (tables[name].labels[of_label] == label).all()
            times.update(of_label.tolist())
        patients = tables[name].patients
        counts = np.array([times[case] for case in range(patients.size)])
        for patient in np.unique(patients):
            assert len(set(counts[patients == patient])) == 1
        assert counts.sum() == patients.size  # all patients have four cases here
        assert 0.30 < (counts == 0).mean() < 0.44  # a bootstrap leaves out exp(-1) = 0.37


def test_replicates_have_different_cases(tables: dict[str, OutcomeTable]) -> None:
    one, two = (case_pool(tables, MODALITIES, TACTICS, np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.array_equal(one.members, two.members)


def test_a_draw_is_uniform_and_of_the_right_label(tables: dict[str, OutcomeTable]) -> None:
    pool = case_pool(tables, MODALITIES, TACTICS, np.random.default_rng(1))
    uniform = ((np.arange(60_000) + 0.5) / 60_000).astype(np.float32)
    modality = np.ones(uniform.size, np.int64)
    for label in (0, 1):
        cases = pool.draw(modality, np.full(uniform.size, bool(label)), uniform) - pool.first[1]
        assert (tables["chest_xray"].labels[cases] == label).all()
        start, size = pool.start[1, label], pool.size[1, label]
        expected = Counter((pool.members[start : start + size] - pool.first[1]).tolist())
        drawn = Counter(cases.tolist())
        assert drawn.keys() == expected.keys()
        for case, times in expected.items():
            assert drawn[case] == pytest.approx(times * uniform.size / size, abs=times + 2)


def test_the_greatest_draw_stays_within_the_pool(tables: dict[str, OutcomeTable]) -> None:
    pool = case_pool(tables, MODALITIES, TACTICS, np.random.default_rng(1))
    most = np.array([np.nextafter(np.float32(1), np.float32(0))])
    case = pool.draw(np.array([0]), np.array([False]), most)
    assert case[0] == pool.members[pool.start[0, 0] + pool.size[0, 0] - 1]


def test_scores_come_from_the_column_of_the_tactic(tables: dict[str, OutcomeTable]) -> None:
    pool = case_pool(tables, MODALITIES, TACTICS, np.random.default_rng(1))
    case = np.arange(20) + pool.first[1]
    table = tables["chest_xray"]
    np.testing.assert_array_equal(pool.score(case, np.full(20, -1, np.int8)), table.clean[:20])
    for row, name in enumerate(TACTICS):
        np.testing.assert_array_equal(pool.score(case, np.full(20, row, np.int8)), table.attacked[name][:20])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: {}, "no outcome table for fundoscopy"),
        (lambda t: {"fundoscopy": replace(t, attacked={})}, "lacks the tactic code_only"),
        (lambda t: {"fundoscopy": replace(t, clean=t.clean[:-1])}, "600 labels, but 599 in clean"),
        (lambda t: {"fundoscopy": replace(t, clean=t.clean * np.nan)}, "not numbers"),
        (lambda t: {"fundoscopy": replace(t, labels=np.ones_like(t.labels))}, "none without the finding"),
        (lambda t: {"fundoscopy": replace(t, labels=t.labels + 1)}, "other than 0 and 1"),
    ],
)
def test_bad_tables_are_refused(tables: dict[str, OutcomeTable], change: object, message: str) -> None:
    assert callable(change)
    with pytest.raises(ThreatsimError, match=message):
        case_pool(change(tables["fundoscopy"]), ["fundoscopy"], TACTICS, np.random.default_rng(1))
