from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow, Side
from threatsim.experiment.figures.comparison import compare as compare_sides
from threatsim.experiment.figures.contrast import Contrast, Designs
from threatsim.experiment.figures.estimates import estimate
from threatsim.experiment.record.record import RunRecord
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import mean_error, paired_mean_difference, welch_mean_difference
from threatsim.statistics.ratio import ReplicateSample

MakeRecord = Callable[..., RunRecord]


def compare(left: RunRecord, right: RunRecord, left_arm: str | None = None, right_arm: str | None = None) -> Against:
    (found,) = compare_sides([Side(left, left_arm), Side(right, right_arm)]).others
    return found


def contrast(
    name: str, base: np.ndarray, other: np.ndarray, *, paired: bool = True, designs: Designs = ("fours", "fours")
) -> Contrast:
    return Contrast(ARM_METRICS[name], ReplicateSample(base), ReplicateSample(other), paired=paired, designs=designs)


def interval(found: Estimate) -> tuple[float | None, float | None, float | None]:
    return found.value, found.low, found.high


def row(comparison: Against, arm: str, metric: str) -> ComparisonRow:
    (found,) = [one for one in comparison.rows if (one.arm, one.metric) == (arm, metric)]
    return found


def test_a_run_compared_with_itself_differs_in_nothing(make_record: MakeRecord) -> None:
    record = make_record(replicates=8)
    found = compare(record, record)
    assert found.pairing.paired
    assert found.inputs == ()
    assert len(found.rows) == 2 * sum(not row.avoids for row in ARM_METRICS.values())
    for one in found.rows:
        assert one.reference == one.value
        if one.metric != "weeks_to_detection":
            assert one.difference.value == 0
            if one.difference.n == 8:  # else too few replicates have the figure for an interval
                assert (one.difference.low, one.difference.high) == (0, 0)
    assert found.name == f"small/{record.run_id}"


def test_two_arms_of_one_run_give_the_recorded_paired_difference(record: RunRecord) -> None:
    found = compare(record, record, left_arm="baseline", right_arm="audits_doubled")
    assert (found.key, found.pairing.replicates) == ("B", 4)
    for one in found.rows:
        assert one.reference == record.arms[0].outcomes[one.metric]
        assert one.value == record.arms[1].outcomes[one.metric]
        assert interval(one.difference) == interval(record.arms[1].differences[one.metric])
    assert [(one.path, one.left, one.right) for one in found.inputs] == [("arm: payers.*.audit.random", None, 0.002)]


def test_one_seed_is_paired_over_the_replicates_of_both(make_record: MakeRecord) -> None:
    few, many = make_record(replicates=4), make_record(replicates=10)
    found = compare(few, many)
    assert found.pairing.paired
    assert found.pairing.replicates == 4
    assert "first 4" in found.pairing.reason
    assert row(found, "baseline", "payer_loss").difference.value == 0
    assert row(found, "baseline", "payer_loss").value.n == 4
    assert [(one.path, one.left, one.right) for one in found.inputs] == [("replicates", 4, 10)]


def test_other_seeds_are_not_paired(make_record: MakeRecord) -> None:
    left, right = make_record(seed=7, replicates=8), make_record(seed=8, replicates=10)
    found = compare(left, right)
    assert not found.pairing.paired
    assert "7 and 8" in found.pairing.reason
    one = row(found, "audits_doubled", "payer_loss")
    assert (one.reference.n, one.value.n, one.difference.n) == (8, 10, 18)
    assert one.reference.value is not None
    assert one.value.value is not None
    assert one.difference.value == pytest.approx(one.value.value - one.reference.value)


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


def test_an_empty_section_says_as_much_as_none(record: RunRecord) -> None:
    """A record of an earlier threatsim lacks sections that have come since and are left out."""
    newer = record.model_copy(update={"scenario": {**record.scenario, "section": {}, "other": None}})
    assert compare(record, newer).inputs == ()


def test_arms_that_do_not_exist(record: RunRecord) -> None:
    with pytest.raises(ThreatsimError, match="no arm 'audit_doubled'") as raised:
        compare(record, record, left_arm="audit_doubled")
    assert "Nearest: audits_doubled" in str(raised.value)
    with pytest.raises(ThreatsimError, match="It has: baseline, audits_doubled"):
        compare(record, record, right_arm="zzz")
    renamed = [arm.model_copy(update={"name": f"other_{arm.name}"}) for arm in record.arms]
    renamed = [arm.model_copy(update={"changes": {"weeks": i}}) for i, arm in enumerate(renamed)]
    with pytest.raises(ThreatsimError, match="no arm in common"):
        compare(record, record.model_copy(update={"arms": tuple(renamed)}))


def test_one_named_arm_meets_its_namesake(record: RunRecord) -> None:
    found = compare(record, record, right_arm="audits_doubled")
    assert {(one.arm_reference, one.arm) for one in found.rows} == {("audits_doubled", "audits_doubled")}


def test_a_comparison_is_plain_json(record: RunRecord) -> None:
    found = compare_sides([Side(record), Side(record, "baseline", "mine"), Side(record)], detect=0.1)
    assert Comparison.model_validate_json(found.model_dump_json()) == found
    assert [(one.key, one.name) for one in found.others] == [("B", "mine:baseline"), ("C", f"small/{record.run_id}")]


def test_one_or_too_many_are_refused(record: RunRecord) -> None:
    for sides in ([Side(record)], [Side(record)] * 27):
        with pytest.raises(ThreatsimError, match="2 to 26"):
            compare_sides(sides)


def test_holm_is_over_all_differences_of_the_comparison(make_record: MakeRecord) -> None:
    left = make_record(replicates=12)
    sides = [Side(left, "baseline"), Side(left, "audits_doubled"), Side(make_record(seed=8, replicates=12), "baseline")]
    found = compare_sides(sides)
    rows = [one for other in found.others for one in other.rows]
    tests = [one.difference for one in rows if one.difference.p is not None]
    assert found.tests == len(tests)
    for family in (True, False):
        of_it = [one.difference for one in rows if (one.metric == "net_benefit") == family]
        p_values = [one.p for one in of_it if one.p is not None]
        least = min((one for one in of_it if one.p is not None), key=lambda one: one.p or 0)
        assert least.p_holm == pytest.approx(min(1, len(p_values) * min(p_values)))
    for one in rows:
        p, adjusted = one.difference.p, one.difference.p_holm
        assert (p is None) == (adjusted is None)
        assert p is None or adjusted is None or p <= adjusted
        assert one.detected == (adjusted is not None and adjusted <= 0.05)
        assert not one.detected or one.difference.excludes_zero
    alone = compare_sides(sides[:2])
    assert alone.tests < found.tests
    for one, other in zip(alone.others[0].rows, found.others[0].rows, strict=True):
        assert one.difference.p == other.difference.p  # p and interval do not depend on what else is compared
        assert interval(one.difference) == interval(other.difference)


def test_what_is_not_detected_says_how_many_replicates_would(make_record: MakeRecord) -> None:
    left, right = make_record(seed=7, replicates=8), make_record(seed=8, replicates=10)
    rows = compare(left, right).rows
    undetected = [one for one in rows if not one.detected and one.metric != "weeks_to_detection"]
    assert undetected
    for one in undetected:
        assert (one.needs == "replicates") == (one.replicates_needed is not None)
        assert one.replicates_needed is None or one.replicates_needed > 8
    assert all(one.replicates_needed is None for one in rows if one.detected)
    assert {one.needs for one in rows if one.metric == "weeks_to_detection"} <= {"unknown", "nothing"}


def test_a_larger_difference_needs_fewer_replicates(make_record: MakeRecord) -> None:
    sides = [Side(make_record(seed=7, replicates=8)), Side(make_record(seed=8, replicates=10))]
    needed = []
    for detect in (0.2, 0.4):
        found = row(compare_sides(sides, detect=detect).others[0], "baseline", "payer_loss")
        assert not found.detected
        needed.append(found.replicates_needed or float("inf"))
    assert needed[0] >= needed[1]


def test_the_need_of_streams_alone_is_cohens() -> None:
    """80 % power at 5 % for an effect of half a standard deviation takes 34 pairs (Cohen 1988, by the t-test)."""
    rng = np.random.default_rng(1)
    between = rng.normal(size=16)
    change = np.repeat((between - between.mean()) / between.std(ddof=1), 2)  # pairs of equals: no test set
    assert contrast("payer_loss", np.zeros(32), change).replicates_needed(0.5) in (2 * 34, 2 * 35)
    spread = change + np.tile([0.0, 1.0], 16)
    assert contrast("payer_loss", np.zeros(32), spread).replicates_needed(0.5) == "cases"


def test_one_seed_without_the_same_streams_says_why(record: RunRecord, make_record: MakeRecord) -> None:
    scenario = copy.deepcopy(record.scenario)
    scenario["providers"]["dermatologists"]["count"] = 14
    found = compare(record, make_record(**scenario)).pairing
    assert (found.paired, found.aligned) == (True, False)
    assert "the specialties or their numbers of providers differ" in found.reason
    assert compare(record, record).pairing.aligned
    fewer = record.classifiers[0].model_copy(update={"cases": 30})
    assert "test cases differ" in compare(record, record.model_copy(update={"classifiers": (fewer,)})).pairing.reason


def test_records_from_before_there_were_fours_are_read_as_pairs(make_record: MakeRecord) -> None:
    new, other = make_record(seed=7, replicates=12), make_record(seed=8, replicates=12)
    assert new.design == "fours"
    data = new.model_dump()
    del data["design"]
    old = RunRecord.model_validate(data)
    assert old.design == "pairs"
    base, values = (np.array(record.arms[0].replicates["payer_loss"], float) for record in (old, other))
    found = row(compare(old, other), "baseline", "payer_loss")
    assert interval(found.difference) == interval(welch_mean_difference(base, values, designs=("pairs", "fours")))
    assert interval(found.difference) != interval(welch_mean_difference(base, values, designs=("fours", "fours")))
    assert found.value == row(compare(new, other), "baseline", "payer_loss").value
    arms = compare(old, old, "baseline", "audits_doubled")
    audited = np.array(old.arms[1].replicates["payer_loss"], float)
    changed = row(arms, "audits_doubled", "payer_loss").difference
    assert interval(changed) == interval(paired_mean_difference(base, audited, design="pairs"))
    across = compare(old, new)
    assert (across.pairing.paired, across.pairing.aligned) == (True, False)
    assert "which replicates share their cases" in across.pairing.reason


def test_medians_take_replicates_that_share_neither_streams_nor_cases() -> None:
    weeks = np.arange(16.0)
    name, metric = "weeks_to_detection", ARM_METRICS["weeks_to_detection"]
    fours, pairs = weeks[[0, 3, 4, 7, 8, 11, 12, 15]], weeks[::2]
    assert estimate(metric, ReplicateSample(weeks)).value == np.median(fours)
    assert estimate(metric, ReplicateSample(weeks), design="pairs").value == np.median(pairs)
    apart = contrast(name, weeks, weeks + 9, paired=False, designs=("pairs", "fours")).difference
    assert apart.value == np.median((fours[:, None] + 9 - pairs).ravel())
    assert apart.low is not None
    assert (apart.low > 0) == ((apart.p or 1) <= 0.05)


def test_replicates_needed_fill_fours_or_pairs() -> None:
    change = np.random.default_rng(5).normal(0.2, 1, 24)
    error = mean_error(change)
    assert error is not None
    for size in (3.0, 4.0, 5.0):
        fours = contrast("payer_loss", np.zeros(24), change).replicates_needed(size)
        pairs = contrast("payer_loss", np.zeros(24), change, designs=("pairs", "pairs")).replicates_needed(size)
        assert fours == "cases" or (fours is not None and fours % 4 == 0)
        assert pairs == "cases" or (pairs is not None and pairs % 2 == 0)
