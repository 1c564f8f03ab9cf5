from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.record.assembly import ModalityInputs
from threatsim.experiment.record.record import RunRecord
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

Results = list[ReplicateResult]


def test_every_figure_of_every_arm_is_there(scenario: Scenario, results: Results) -> None:
    baseline, audits = arm_outcomes(scenario.arms, results)
    assert (baseline.name, audits.name) == ("baseline", "audits_doubled")
    assert audits.changes == {"payers.*.audit.random": 0.002}
    assert set(baseline.outcomes) == set(baseline.replicates) == set(ARM_METRICS)
    assert set(audits.differences) == {name for name, row in ARM_METRICS.items() if not row.avoids}
    assert baseline.differences == {}
    assert [tactic.tactic for tactic in audits.tactics] == ["code_only", "pgd_white_box"]
    assert set(audits.tactics[0].outcomes) == set(audits.tactics[0].differences) == set(TACTIC_METRICS)
    assert baseline.tactics[0].differences == {}
    assert [payer.payer for payer in audits.payers] == [payer.name for payer in scenario.payers]
    assert set(audits.payers[0].outcomes) == set(audits.payers[0].differences) == set(PAYER_METRICS)
    assert baseline.payers[0].differences == {}
    assert baseline.outcomes["payer_loss"].n == 4
    assert baseline.outcomes["payer_loss"].value == pytest.approx(
        np.mean([result.outcomes["payer_loss"] for result in results[:4]])
    )


def test_what_an_arm_deters_is_a_share_of_the_claims_of_the_baseline(scenario: Scenario, results: Results) -> None:
    baseline, audits = arm_outcomes(scenario.arms, results)
    assert baseline.outcomes["deterred_rate"].value is None
    made, left = (math.fsum(value or 0.0 for value in arm.replicates["claims"]) for arm in (baseline, audits))
    assert audits.outcomes["deterred_rate"].value == pytest.approx(1 - left / made)


def test_differences_are_paired(make_record: Callable[..., RunRecord]) -> None:
    """The stand-in market's arms share their random numbers and differ by the audit's effect alone."""
    _, audits = make_record(replicates=8).arms
    found = audits.differences["payer_loss"]
    assert (found.value, found.low, found.high) == pytest.approx((-1, -1, -1))
    assert audits.outcomes["payer_loss"].high - audits.outcomes["payer_loss"].low > 0.1  # type: ignore[operator]


def test_two_pairs_of_replicates_have_no_interval(scenario: Scenario, results: Results) -> None:
    _, audits = arm_outcomes(scenario.arms, results)
    for one in (*audits.outcomes.values(), *audits.differences.values()):
        assert (one.low, one.high) == (None, None)
    assert all(one.p is None for one in audits.differences.values() if one.value is not None)


def test_undefined_and_not_reached_are_told_apart(scenario: Scenario, results: Results) -> None:
    """Replicates 0 and 3 do not detect their fraud in time; replicate 1 has none; 2 takes 22 weeks.

    Of replicates that share their streams, one counts, on cases of its own: 0 and 3.
    """
    baseline, _ = arm_outcomes(scenario.arms, results)
    weeks = baseline.outcomes["weeks_to_detection"]
    assert (weeks.value, weeks.n) == (None, 2)
    assert baseline.replicates["weeks_to_detection"] == [None, None, 22, None]
    assert baseline.outcomes["detection_rate"].n == 3


def test_weekly_series_and_accounts_are_means(scenario: Scenario, results: Results) -> None:
    baseline, audits = arm_outcomes(scenario.arms, results)
    expected = np.mean([result.weekly["claims"] for result in results[:4]], axis=0)
    assert baseline.weekly["claims"] == pytest.approx(expected)
    assert len(baseline.weekly["claims"]) == scenario.weeks
    assert sum(audits.accounts.values()) == 0


def test_the_order_of_the_results_does_not_matter(scenario: Scenario, results: Results) -> None:
    shuffled = list(results)
    random.Random(1).shuffle(shuffled)
    assert arm_outcomes(scenario.arms, shuffled) == arm_outcomes(scenario.arms, results)


def test_a_tactic_that_the_baseline_lacks_has_no_difference(scenario: Scenario, results: Results) -> None:
    for index, result in enumerate(results[:4]):
        results[index] = replace(result, tactics={"code_only": result.tactics["code_only"]})
    _, audits = arm_outcomes(scenario.arms, results)
    assert audits.tactics[0].differences
    assert not audits.tactics[1].differences


def test_missing_or_foreign_replicates_are_refused(scenario: Scenario, results: Results) -> None:
    with pytest.raises(ValueError, match="audits_doubled"):
        arm_outcomes(scenario.arms, results[:-1])
    with pytest.raises(ValueError, match="doubled"):
        arm_outcomes(scenario.arms, [*results, results[0]])
    with pytest.raises(ValueError, match="'other'"):
        arm_outcomes(scenario.arms, [*results, replace(results[0], arm="other")])


TEXT = ClassifierText("melanoma", "network", ModalityInputs("synthetic", "aa", "bb"), real=False, pixels=64)


def test_classifier_figures_count_what_they_say() -> None:
    table = OutcomeTable(
        modality="dermoscopy",
        labels=np.array([0, 0, 0, 0, 1, 1, 1], dtype=np.int8),
        patients=np.arange(7),
        clean=np.array([0.1, 0.2, 0.5, 0.9, 0.3, 0.8, 0.9], dtype=np.float32),
        attacked={"patch": np.array([0.9, 0.3, 0.9, 0.9, 0.1, 0.6, 0.2], dtype=np.float32)},
        calibration_scores=np.array([0.5], dtype=np.float32),
        calibration_labels=np.array([1], dtype=np.int8),
    )
    found = classifier_figures(table, TEXT, [TacticText("patch", "AML.T0043", "a patch")], threshold=0.6)
    assert (found.cases, found.positives, found.threshold) == (7, 3, 0.6)
    assert found.sensitivity.value == pytest.approx(2 / 3)
    assert found.specificity.value == pytest.approx(3 / 4)
    assert found.accuracy.value == pytest.approx(4 / 7)  # a score of exactly 0.5 counts as the finding
    assert found.auroc.value == pytest.approx(8.5 / 12)
    (attack,) = found.attacks
    # Of the four without the finding, three are rightly below 0.6; the patch lifts two of them over it.
    assert (attack.success.value, attack.success.n) == (pytest.approx(2 / 3), 3)
    assert attack.accuracy.value == pytest.approx(2 / 7)
    assert attack.confidence.value == pytest.approx(np.mean([0.9, 0.7, 0.9, 0.9, 0.9, 0.6, 0.8]))


def test_an_attack_that_turns_every_case_round(tables: Mapping[str, OutcomeTable]) -> None:
    tactics = [TacticText("pgd_white_box", "AML.T0043.000", "PGD")]
    found = classifier_figures(tables["dermoscopy"], TEXT, tactics, threshold=0.5)
    assert found.attacks[0].auroc.value == pytest.approx(1 - (found.auroc.value or 0))
