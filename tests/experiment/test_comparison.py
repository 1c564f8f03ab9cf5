from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from threatsim.errors import ThreatsimError
from threatsim.experiment.comparison import Comparison, ComparisonRow, compare
from threatsim.experiment.record import RunRecord
from threatsim.scenario.metrics import ARM_METRICS

MakeRecord = Callable[..., RunRecord]


def row(comparison: Comparison, arm: str, metric: str) -> ComparisonRow:
    (found,) = [one for one in comparison.rows if (one.arm_right, one.metric) == (arm, metric)]
    return found


def test_a_run_compared_with_itself_differs_in_nothing(record: RunRecord) -> None:
    found = compare(record, record)
    assert found.paired
    assert found.inputs == []
    assert len(found.rows) == 2 * len(ARM_METRICS)
    for one in found.rows:
        assert one.left == one.right
        if one.metric != "weeks_to_detection":
            assert (one.difference.value, one.difference.low, one.difference.high) == (0, 0, 0)
    assert found.left == f"small/{record.run_id}"


def test_two_arms_of_one_run_give_the_recorded_paired_difference(record: RunRecord) -> None:
    found = compare(record, record, left_arm="baseline", right_arm="audits_doubled", left_label="A", right_label="B")
    assert (found.left, found.right, found.replicates) == ("A", "B", 4)
    for one in found.rows:
        assert one.left == record.arms[0].outcomes[one.metric]
        assert one.right == record.arms[1].outcomes[one.metric]
        assert one.difference == record.arms[1].differences[one.metric]
    assert [(one.path, one.left, one.right) for one in found.inputs] == [("arm: payers.*.audit.random", None, 0.002)]


def test_one_seed_is_paired_over_the_replicates_of_both(make_record: MakeRecord) -> None:
    few, many = make_record(replicates=4), make_record(replicates=10)
    found = compare(few, many)
    assert found.paired
    assert found.replicates == 4
    assert "first 4" in found.reason
    assert row(found, "baseline", "payer_loss").difference.value == 0
    assert row(found, "baseline", "payer_loss").right.n == 4
    assert [(one.path, one.left, one.right) for one in found.inputs] == [("replicates", 4, 10)]


def test_other_seeds_are_not_paired(make_record: MakeRecord) -> None:
    left, right = make_record(seed=7, replicates=8), make_record(seed=8, replicates=10)
    found = compare(left, right)
    assert not found.paired
    assert "7 and 8" in found.reason
    one = row(found, "audits_doubled", "payer_loss")
    assert (one.left.n, one.right.n, one.difference.n) == (8, 10, 18)
    assert one.left.value is not None
    assert one.right.value is not None
    assert one.difference.value == pytest.approx(one.right.value - one.left.value)


def test_differences_are_right_less_left(record: RunRecord) -> None:
    forth = compare(record, record, left_arm="baseline", right_arm="audits_doubled")
    back = compare(record, record, left_arm="audits_doubled", right_arm="baseline")
    assert forth.rows[1].difference.value == pytest.approx(-1)
    assert back.rows[1].difference.value == pytest.approx(1)


def test_what_the_runs_were_given_differently(record: RunRecord, make_record: MakeRecord) -> None:
    scenario = copy.deepcopy(record.scenario)
    scenario["payers"][1]["audit"]["random"] |= {"value": 0.004, "source": "Another Authority, 2021"}
    scenario["payers"].append({**copy.deepcopy(scenario["payers"][0]), "name": "third"})
    scenario["conduct"]["shares"] = [0.0, 1.0]
    scenario["arms"][1]["set"] = {"payers.*.audit.random": 0.003}
    del scenario["tactics"]["code_only"]
    found = {one.path: (one.left, one.right) for one in compare(record, make_record(**scenario)).inputs}
    assert found["payers.private.audit.random"] == (0.001, 0.004)
    assert found["payers.private.audit.random.source"] == ("An Authority, 2020", "Another Authority, 2021")
    assert found["conduct.shares"] == ([0.0, 0.5, 1.0], [0.0, 1.0])
    assert found["arms.audits_doubled.set.payers.*.audit.random"] == (0.002, 0.003)
    assert found["payers.third.share"] == (None, 0.6)
    assert found["tactics.code_only.attack"] == ("none", None)
    assert not any(path.startswith(("payers.public", "tactics.pgd")) for path in found)


def test_arms_that_do_not_exist(record: RunRecord) -> None:
    with pytest.raises(ThreatsimError, match="no arm 'audit_doubled'") as caught:
        compare(record, record, left_arm="audit_doubled")
    assert "Nearest: audits_doubled" in str(caught.value)
    with pytest.raises(ThreatsimError, match="It has: baseline, audits_doubled"):
        compare(record, record, right_arm="zzz")
    renamed = [arm.model_copy(update={"name": f"other_{arm.name}"}) for arm in record.arms]
    with pytest.raises(ThreatsimError, match="no arm in common"):
        compare(record, record.model_copy(update={"arms": tuple(renamed)}))


def test_one_named_arm_meets_its_namesake(record: RunRecord) -> None:
    found = compare(record, record, right_arm="audits_doubled")
    assert {(one.arm_left, one.arm_right) for one in found.rows} == {("audits_doubled", "audits_doubled")}


def test_a_comparison_is_plain_json(record: RunRecord) -> None:
    found = compare(record, record)
    assert Comparison.model_validate_json(found.model_dump_json()) == found
