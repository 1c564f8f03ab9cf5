"""Claims of an absence: the answer begins with the rate that is reported, beside the true one."""

from __future__ import annotations

from typing import Any

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.answer import answer
from threatsim.statistics.estimate import Difference


def share(value: float, half: float) -> Difference:
    return Difference(value=value, low=value - half, high=value + half, n=20)


@pytest.fixture
def trial(record: RunRecord) -> RunRecord:
    """The made-up record with every modality claiming an absence, and one arm in which the drug works."""
    scenario: dict[str, Any] = dict(record.scenario)
    scenario["modalities"] = {
        name: {**one, "claim_for": "absence"} for name, one in record.scenario["modalities"].items()
    }
    arms = []
    for arm in record.arms:
        works = arm.name == "audits_doubled"
        outcomes = arm.outcomes | {"accepted_rate": share(0.32, 0.03), "true_rate": share(0.15, 0.001)}
        moved = {
            "accepted_rate": share(-0.1 if arm.name == "hash_at_capture" else 0, 0.02),
            "true_rate": share(0.5 if works else 0, 0.01),
        }
        differences = arm.differences | moved if arm.differences else {}
        arms.append(arm.model_copy(update={"outcomes": outcomes, "differences": differences}))
    return record.model_copy(update={"scenario": scenario, "arms": tuple(arms)})


def test_the_reported_rate_comes_first_beside_the_true_one(trial: RunRecord) -> None:
    reported, accepted, true, *rest = answer(trial)
    assert "32.0% (29.0 to 35.0%) of all cases are accepted as free of the finding" in reported
    assert "15.0% (14.9 to 15.1%) truly are" in reported
    assert "−10.0 pp (−12.0 to −8.00) in “Hash at capture”" in accepted
    assert "+50.0 pp (+49.0 to +51.0) in “Audits doubled”" in true
    assert "payers lose" in rest[0]


def test_the_true_rate_is_not_told_of_where_no_arm_changes_it(trial: RunRecord) -> None:
    same = [
        arm.model_copy(update={"differences": arm.differences and arm.differences | {"true_rate": share(0, 0.01)}})
        for arm in trial.arms
    ]
    assert not any("true share" in sentence for sentence in answer(trial.model_copy(update={"arms": tuple(same)})))


def test_claims_of_a_finding_are_answered_as_before(trial: RunRecord, record: RunRecord) -> None:
    assert "accepted as free" not in answer(record)[0]
    mixed: dict[str, Any] = dict(trial.scenario)
    first, *_ = mixed["modalities"]
    mixed["modalities"] = {**mixed["modalities"], first: {**mixed["modalities"][first], "claim_for": "presence"}}
    assert "accepted as free" not in answer(trial.model_copy(update={"scenario": mixed}))[0]
