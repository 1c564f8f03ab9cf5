"""Which ways of billing falsely an arm closes, and what is left of them in the last quarter."""

from __future__ import annotations

from collections.abc import Mapping

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words.answer_parts.ways import ways


def billing(arm: ArmOutcome, tactics: Mapping[str, list[float]], grows: str = "") -> ArmOutcome:
    """An arm in which so many false claims are billed a week by each of some tactics, and no other tactic is there."""
    weeks = range(len(next(iter(tactics.values()))))
    total = [sum(series[week] for series in tactics.values()) for week in weeks]
    weekly = {**arm.weekly, "false_claims": total, "claims": [100.0] * len(total)}
    outcomes = []
    for outcome, (name, series) in zip(arm.tactics, tactics.items(), strict=False):
        weekly[f"false_claims_{name}"] = series
        differences = dict(outcome.differences)
        if "claims" in differences:
            told = {"value": 9.0, "low": 1.0, "high": 17.0, "p_holm": 0.001 if name == grows else 0.9}
            differences["claims"] = differences["claims"].model_copy(update=told)
        outcomes.append(outcome.model_copy(update={"tactic": name, "differences": differences}))
    return arm.model_copy(update={"weekly": weekly, "tactics": tuple(outcomes)})


def told(
    record: RunRecord, baseline: Mapping[str, list[float]], arm: Mapping[str, list[float]], grows: str = ""
) -> list[str]:
    arms = (billing(record.arms[0], baseline), billing(record.arms[1], arm, grows))
    return ways(record.model_copy(update={"arms": arms}))


PATCH = [8.0] * 52
CODES = [2.0] * 52


def test_a_way_is_closed_from_the_week_after_which_it_is_hardly_used(record: RunRecord) -> None:
    title = record.arms[1].title
    closed = [8.0] * 7 + [0.0] * 45
    base, arm = told(
        record, {"patch": PATCH, "code_only": CODES}, {"patch": closed, "code_only": [6.0] * 52}, "code_only"
    )
    assert base.endswith("10.0 false claims are billed a week, 10.0% of all claims, most of them by Patch (8.00).")
    assert arm == (
        f"“{title}” closes Patch within 8 weeks, while Code only grows from 2.00 to 6.00 a week; 6.00 a week are left, "
        "60.0% of the baseline's."
    )
    never = told(record, {"patch": PATCH, "code_only": CODES}, {"patch": [0.0] * 52, "code_only": CODES})[1]
    assert "closes Patch from the start; 2.00 a week" in never


def test_a_way_that_is_used_again_or_too_late_given_up_or_hardly_ever_used_is_not_closed(record: RunRecord) -> None:
    again, late, rare = [0.0] * 45 + [8.0] * 7, [8.0] * 48 + [0.0] * 4, [0.01] * 52
    for series in (again, late):
        assert (
            "closes no way"
            in told(record, {"patch": PATCH, "code_only": CODES}, {"patch": series, "code_only": CODES})[1]
        )
    assert (
        "closes no way"
        in told(record, {"patch": PATCH, "code_only": rare}, {"patch": PATCH, "code_only": [0.0] * 52})[1]
    )


def test_a_rise_that_chance_may_have_made_is_not_told(record: RunRecord) -> None:
    assert (
        "grows" not in told(record, {"patch": PATCH, "code_only": CODES}, {"patch": PATCH, "code_only": [6.0] * 52})[1]
    )


def test_nothing_is_told_where_nobody_bills_falsely_or_the_record_is_short(record: RunRecord) -> None:
    assert told(record, {"patch": [0.0] * 52}, {"patch": [0.0] * 52}) == []
    assert told(record, {"patch": [8.0] * 12}, {"patch": [8.0] * 12}) == []
