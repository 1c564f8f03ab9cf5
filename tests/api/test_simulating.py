"""`outcomes_of` and `simulate`: together they are the run; apart, each refuses what is of another scenario."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import threatsim
from tests.experiment.small_world import small_tables
from threatsim.report.frame_columns import COLUMNS


def test_a_market_on_its_own_outcomes_is_the_run(
    scenario: threatsim.Scenario, report: threatsim.Report, outcomes: threatsim.ScenarioOutcomes
) -> None:
    simulation = threatsim.simulate(scenario, outcomes, workers=2)
    for name in sorted(set(COLUMNS) - {"classifiers", "attacks", "patterns"}):
        pd.testing.assert_frame_equal(simulation.to_frame(name), report.to_frame(name))
    assert simulation.record.arms == report.record.arms
    assert len(simulation.attacks) == len(simulation.classifiers) == 0
    assert repr(simulation).startswith("Simulation(small/")
    assert "<table>" in simulation._repr_html_()
    assert set(dir(simulation.plot)) == {"differences", "replicates", "accounts", "detection", "tactics", "exceedance"}


def test_outcomes_are_a_frame_of_what_each_attack_achieves(outcomes: threatsim.ScenarioOutcomes) -> None:
    frame = outcomes.to_frame()
    assert list(frame) == ["modality", "tactic", "case", "patient", "label", "score", "queries"]
    assert len(frame) == 3 * 60  # clean, code_only, pgd
    mean = frame[frame["label"] == 0].groupby("tactic")["score"].mean()
    assert mean["code_only"] == mean[""]
    assert mean["pgd_white_box"] > mean[""] + 0.3
    assert repr(outcomes) == "Outcomes(of small; dermoscopy: 60 cases, 2 tactics)"
    assert list(outcomes) == ["dermoscopy"]


def test_what_changes_the_market_alone_goes_with_the_same_outcomes(
    scenario: threatsim.Scenario, outcomes: threatsim.ScenarioOutcomes
) -> None:
    values = {"weeks": 3, "law.damages": 3, "payers.*.triage.operating_point": {"specificity": 0.8}, "seed": 1}
    simulation = threatsim.simulate(scenario.with_values(values), outcomes, replicates=2, workers=1)
    assert simulation.record.scenario["weeks"] == 3
    assert len(simulation.weekly) == 2 * 2 * 3
    assert simulation.record.replicates == 2


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"tactics.pgd_white_box.epsilon": 0.04}, "tactics.pgd_white_box.budget.epsilon"),
        ({"tactics.code_only.attack": "substitution"}, "tactics.code_only.attack"),
        ({"cases.per_modality": 61}, "cases.per_modality"),
        ({"modalities.dermoscopy.claim_for": "absence"}, "modalities.dermoscopy.claim_for"),
        ({"payers.*.integrity": {"duplicate_search": {"false_alarm": 0.05}}}, "control duplicate_search"),
        ({"payers.0.adaptation": {"harden": {"after_findings": 3}}}, "harden"),
    ],
)
def test_outcomes_of_another_scenario_are_refused(
    scenario: threatsim.Scenario, outcomes: threatsim.ScenarioOutcomes, values: dict[str, object], path: str
) -> None:
    other = scenario.with_values(values)
    with pytest.raises(threatsim.InputError, match="these outcomes are of scenario 'small'") as found:
        threatsim.simulate(other, outcomes)
    assert path in found.value.given


def test_operating_points_are_part_of_outcomes_only_where_an_attack_stops_there(scenario: threatsim.Scenario) -> None:
    from threatsim.api.scenario_outcomes import what_outcomes_depend_on

    queries = {"attack": "square", "access": "queries", "epsilon": 0.1, "queries": 9, "setup_cost": 0}
    querying = scenario.with_values({"tactics.pgd_white_box": {**queries, "cost_per_claim": 0}})
    point = {"payers.*.triage.operating_point": {"specificity": 0.8}}
    assert what_outcomes_depend_on(scenario.arms) == what_outcomes_depend_on(scenario.with_values(point).arms)
    assert what_outcomes_depend_on(querying.arms) != what_outcomes_depend_on(querying.with_values(point).arms)


def test_scores_of_one_s_own(scenario: threatsim.Scenario) -> None:
    denying, tables = scenario.with_values({"payers.*.triage.below": "deny"}), small_tables()
    simulation = threatsim.simulate(denying, tables, replicates=2, workers=1)
    blind = {name: replace(one, clean=1 - one.clean) for name, one in tables.items()}
    other = threatsim.simulate(denying, blind, replicates=2, workers=1)
    assert not simulation.weekly["paid"].equals(other.weekly["paid"])


def test_scores_that_do_not_fit_are_refused(scenario: threatsim.Scenario) -> None:
    good = small_tables()["dermoscopy"]
    attacked = dict(good.attacked)
    bad = {
        "there is no outcome table for dermoscopy": {},
        "lacks the tactic pgd_white_box": {"dermoscopy": replace(good, attacked={"code_only": good.clean})},
        "60 labels, but 3 in pgd_white_box": {
            "dermoscopy": replace(good, attacked=attacked | {"pgd_white_box": good.clean[:3]})
        },
        "not numbers": {"dermoscopy": replace(good, clean=np.full(60, np.nan, np.float32))},
        r"run from 2 to 2 in clean; p\(finding\) is in \[0, 1\]": {
            "dermoscopy": replace(good, clean=np.full(60, 2, np.float32))
        },
        "wanted is an OutcomeTable": {"dermoscopy": good.clean},
        "clean is no NumPy array": {"dermoscopy": replace(good, clean=good.clean.tolist())},
    }
    for message, tables in bad.items():
        with pytest.raises(threatsim.InputError, match=message) as found:
            threatsim.simulate(scenario, tables)  # type: ignore[arg-type]
        assert found.value.given == "dermoscopy"
