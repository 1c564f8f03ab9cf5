"""Claims of absence: the same images and attacks, with the classes exchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable, for_absence
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.scenario.schema import OperatingPoint
from threatsim.statistics.discrimination import auroc


@pytest.fixture
def table() -> OutcomeTable:
    """Scores that separate the labels by chance only in part, each attacked toward its wrong class."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 200).astype(np.int8)
    clean = rng.beta(2 + 4 * labels, 6 - 4 * labels).astype(np.float32)
    pushed = np.clip(clean + np.where(labels == 1, -0.4, 0.4), 0, 1).astype(np.float32)
    plain = OutcomeTable(
        modality="fundoscopy",
        labels=labels,
        patients=np.arange(200),
        clean=clean,
        attacked={"code_only": clean, "noise": pushed},
        calibration_scores=clean[:100],
        calibration_labels=labels[:100],
        queries={"noise": np.arange(200)},
    )
    return replace(plain, hardened=plain)


def test_turned_round_twice_it_is_as_it_was(table: OutcomeTable) -> None:
    again = for_absence(for_absence(table))
    np.testing.assert_array_equal(again.labels, table.labels)
    np.testing.assert_allclose(again.clean, table.clean, atol=1e-7)
    np.testing.assert_allclose(again.attacked["noise"], table.attacked["noise"], atol=1e-7)
    np.testing.assert_array_equal(again.queries["noise"], table.queries["noise"])


def test_columns_keep_their_types_and_the_hardened_classifier_is_turned_too(table: OutcomeTable) -> None:
    absent = for_absence(table)
    assert absent.labels.dtype == absent.calibration_labels.dtype == np.int8
    assert absent.clean.dtype == absent.attacked["noise"].dtype == absent.calibration_scores.dtype == np.float32
    assert absent.hardened is not None
    np.testing.assert_array_equal(absent.hardened.labels, absent.labels)
    np.testing.assert_array_equal(absent.hardened.clean, absent.clean)


def test_discrimination_is_the_same_either_way(table: OutcomeTable) -> None:
    absent = for_absence(table)
    for scores, other in ((table.clean, absent.clean), (table.attacked["noise"], absent.attacked["noise"])):
        there = auroc(other, absent.labels, absent.patients).value
        assert there == pytest.approx(auroc(scores, table.labels, table.patients).value)


@pytest.mark.parametrize(("rate", "opposite"), [("sensitivity", "specificity"), ("specificity", "sensitivity")])
def test_a_rate_of_absence_is_the_opposite_rate_of_presence(table: OutcomeTable, rate: str, opposite: str) -> None:
    """The same threshold, seen from the other side; equal scores aside, of which there are none here."""
    threshold = operating_threshold(for_absence(table), OperatingPoint.model_validate({rate: 0.9}))
    called_absent = 1 - table.calibration_scores >= threshold
    wanted = table.calibration_labels == (0 if rate == "sensitivity" else 1)
    reached = called_absent[wanted].mean() if rate == "sensitivity" else (~called_absent[wanted]).mean()
    assert 0.9 <= reached < 0.9 + 2 / wanted.sum()
    mirror = operating_threshold(table, OperatingPoint.model_validate({opposite: 0.9}))
    assert 1 - threshold == pytest.approx(mirror, abs=1e-6)
