"""The question answered by the figure that the scenario names for it."""

from __future__ import annotations

from typing import Any

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.answer_parts.asked import asked, unasked
from threatsim.report.words.answer_parts.benefit import policies
from threatsim.report.words.answer_parts.brief import brief_answer


def having(record: RunRecord, **answer: Any) -> RunRecord:
    wanted = {"arm": None, "break_even": None, "reaches": 0.0, **answer}
    return record.model_copy(update={"scenario": {**record.scenario, "answer": wanted}})


def test_the_figure_as_it_is_and_as_arms_change_it(record: RunRecord) -> None:
    told = asked(having(record, metric="fraud_payoff"))
    assert told.startswith("To the question: fraud payoff is USD ")
    assert " per provider-year in the baseline. " in told
    named = {arm.name for arm in record.arms[1:] if arm.title in told}
    assert named == {arm.name for arm in policies(record.arms[1:]) if arm.differences["fraud_payoff"].detected}
    assert brief_answer(having(record, metric="fraud_payoff"))[0] == told


def test_the_figure_in_the_arm_that_the_question_is_about(record: RunRecord) -> None:
    arm = record.arms[-1]
    told = asked(having(record, metric="detection_rate", arm=arm.name))
    assert f"% in “{arm.title}”" in told.replace(")", "%")
    assert "against the baseline" in told
    assert not any(other.title in told for other in record.arms[:-1])
    assert "against" not in asked(having(record, metric="detection_rate", arm=record.arms[0].name))


def test_where_something_varies_the_command_that_finds_it(record: RunRecord) -> None:
    wanted = having(record, metric="fraud_payoff", break_even="payers.*.audit.random=0.001:0.2:log")
    told = asked(wanted)
    assert "at which payers.*.audit.random fraud payoff reaches 0: in the baseline it is USD " in told
    assert "--vary 'payers.*.audit.random=0.001:0.2:log' --until 'fraud_payoff = 0'" in told
    assert "threatsim break-even" not in asked(wanted, commands=False)


def test_a_figure_that_the_run_has_not_is_said_to_be_missing(record: RunRecord) -> None:
    assert asked(having(record, metric="of_a_plug_in")) == (
        "The question is one of of_a_plug_in, which this run does not tell."
    )


def test_without_one_nothing_is_said_of_it_and_the_page_tells(record: RunRecord) -> None:
    plain = record.model_copy(update={"scenario": {k: v for k, v in record.scenario.items() if k != "answer"}})
    assert asked(plain) == ""
    assert "names no figure" in unasked(plain)
    assert unasked(having(record, metric="payer_loss")) == ""


@pytest.mark.parametrize("metric", ["payer_loss", "weeks_to_detection", "honest_denied", "false_accusations"])
def test_every_kind_of_figure_has_its_unit(record: RunRecord, metric: str) -> None:
    told = asked(having(record, metric=metric))
    assert "USD USD" not in told
    assert "None" not in told
