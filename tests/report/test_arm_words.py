"""What is said of arms: which differences count, which would have been found, and what one market may cost."""

from __future__ import annotations

import pytest

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import arm_words
from threatsim.statistics.estimate import Difference, Estimate


def with_arms(record: RunRecord, changed: dict[str, Difference]) -> RunRecord:
    """The record with some differences of every arm but the baseline replaced."""
    others = [arm.model_copy(update={"differences": {**arm.differences, **changed}}) for arm in record.arms[1:]]
    return record.model_copy(update={"arms": (record.arms[0], *others)})


def baseline(record: RunRecord, **changes: object) -> RunRecord:
    first: ArmOutcome = record.arms[0].model_copy(update=changes)
    return record.model_copy(update={"arms": (first, *record.arms[1:])})


def change(p_holm: float, detectable: float | None = None) -> Difference:
    return Difference(value=-5.0, low=-9.0, high=-1.0, n=20, p=0.01, p_holm=p_holm, detectable=detectable)


def test_a_difference_that_does_not_survive_the_adjustment_is_not_detected() -> None:
    assert change(0.04).detected
    assert not change(0.06).detected
    assert change(0.06).excludes_zero
    assert Difference(value=-5.0, low=-9.0, high=-1.0, n=20).detected  # of a record from before there was one


def test_the_family_of_a_table_is_said(record: RunRecord) -> None:
    arms = len(record.arms) - 1
    marked = with_arms(record, {name: change(0.01) for name in ("net_benefit", "payer_loss", "fraud_payoff")})
    assert f"for the {2 * arms} of this table (5%; the {arms} of net benefit apart)" in arm_words.marks(marked)
    assert "excludes zero" in arm_words.marks(record)  # no p-values: an older record


def test_what_would_have_been_found_is_said_where_nothing_was(record: RunRecord) -> None:
    few = with_arms(record, {"payer_loss": change(0.5, 250_000.0)})
    line = next(line for line in arm_words.beneath(few, "payer_loss") if "found" in line)
    assert (
        line == f"no difference found in {len(record.arms) - 1} arms; one of 250k, by arm, would be in 4 of 5 such runs"
    )
    found = with_arms(record, {"payer_loss": change(0.01)})
    assert not any("found" in line for line in arm_words.beneath(found, "payer_loss"))
    assert arm_words.missed(change(0.5, 2500.0), "USD") == " (4 of 5 such runs find 2.50k USD)"
    assert arm_words.missed(change(0.01), "USD") == ""


def test_a_budget_is_told_beside_the_mean(record: RunRecord) -> None:
    year = Estimate(value=2e6, low=-1e5, high=5e6, n=20)
    for weeks, said in ((52, "a single year of the baseline"), (104, "a single market of 104 weeks of the baseline")):
        with_year = baseline(record, one_market={"payer_loss": year})
        with_year = with_year.model_copy(update={"scenario": {**record.scenario, "weeks": weeks}})
        assert said in arm_words.budget(with_year)
        assert "to 5.00M in 95 of 100 cases" in arm_words.budget(with_year)
    assert ("yearly rate" in arm_words.budget(with_year)) is True
    assert arm_words.budget(record) == ""  # an older record


def test_events_and_undefined_replicates_are_counted(record: RunRecord) -> None:
    none = Estimate(value=0.0, low=0.0, high=0.4, n=20, events=0)
    arms = [arm.model_copy(update={"outcomes": {**arm.outcomes, "false_accusations": none}}) for arm in record.arms]
    lines = arm_words.beneath(record.model_copy(update={"arms": tuple(arms)}), "false_accusations")
    assert any("accusations of honest providers" in line and "0 in each arm" in line for line in lines)
    holed = Estimate(value=1.0, low=0.5, high=2.0, n=17, undefined=3)
    some = baseline(record, outcomes={**record.arms[0].outcomes, "fraud_payoff": holed})
    assert any("3 of 20" in line for line in arm_words.beneath(some, "fraud_payoff"))


@pytest.mark.parametrize(("replicates", "said"), [(4, True), (6, False)])
def test_a_run_of_two_pairs_says_why_it_has_no_intervals(record: RunRecord, replicates: int, said: bool) -> None:
    outcomes = {
        name: one.model_copy(update={"low": None, "high": None}) for name, one in record.arms[0].outcomes.items()
    }
    few = baseline(record, outcomes=outcomes).model_copy(update={"replicates": replicates})
    assert ("No intervals: they need 6 replicates" in arm_words.marks(few)) == said
