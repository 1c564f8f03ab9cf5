"""`answer`: which figure answers the question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

Load = Callable[[str], LoadedScenario]


def with_answer(small_text: str, answer: str) -> str:
    return small_text.replace("weeks: 4", f"answer: {answer}\nweeks: 4")


@pytest.mark.parametrize(
    "answer",
    [
        "{metric: fraud_payoff}",
        "{metric: detection_rate, arm: more_audits}",
        "{metric: fraud_payoff, break_even: payers.*.audit.random=0.001:0.2:log, reaches: 5.0}",
    ],
)
def test_what_answers_may_say(answer: str, small_text: str, load_text: Load) -> None:
    scenario = load_text(with_answer(small_text, answer)).scenario
    assert scenario.answer is not None
    assert scenario.model_dump()["answer"]["metric"] == scenario.answer.metric


def test_without_one_the_scenario_is_the_one_that_it_was(small: LoadedScenario) -> None:
    assert "answer" not in small.scenario.model_dump(mode="json")


@pytest.mark.parametrize(
    ("answer", "place", "expected"),
    [
        ("{metric: fraud_payof}", "5:18", "did you mean 'fraud_payoff'"),
        ("{metric: fraud_payoff, arm: more_audit}", "5:37", "did you mean 'more_audits'"),
        ("{metric: fraud_payoff, break_even: payers.*.audit.rando=0:1}", "5:44", "Did you mean 'random'"),
        ("{metric: fraud_payoff, break_even: payers.*.audit=0:1}", "5:44", "is no number"),
        ("{metric: fraud_payoff, break_even: payers.*.audit.random}", "5:44", "=LOW:HIGH"),
        ("{metric: fraud_payoff, arm: more_audits, break_even: payers.*.audit.random=0:1}", "5:37", "of no arm"),
        ("{arm: more_audits}", "5:1", "lacks 'metric'"),
    ],
)
def test_what_is_wrong_with_one(answer: str, place: str, expected: str, small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(with_answer(small_text, answer))
    assert f"s.yaml:{place}: " in str(raised.value)
    assert expected in str(raised.value)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(("own", "taken_over"), [("", True), ("question: Another one?\n", False)])
def test_another_question_has_another_answer(own: str, taken_over: bool, small_text: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(with_answer(small_text, "{metric: fraud_payoff}"))
    (tmp_path / "s.yaml").write_text(f"extends: base.yaml\nname: child\n{own}")
    assert (load_scenario(tmp_path / "s.yaml").scenario.answer is not None) == taken_over
