"""`expect`: parsed, checked against the names that there are, held against figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.rules.expectation import expectations

Load = Callable[[str], LoadedScenario]


@pytest.mark.parametrize(
    ("bound", "holds", "fails"),
    [
        ("at least 0.9", (0.9, 1), (0.899,)),
        ("at most 90 %", (0.9, 0), (0.901,)),
        ("above 1,000", (1001,), (1000, 0)),
        ("below -2.5", (-3,), (-2.5, 0)),
        ("between 0.1 and 0.2", (0.1, 0.2), (0.09, 0.21)),
        ("at   least 1e6", (1e6,), (1,)),
    ],
)
def test_bounds(bound: str, holds: tuple[float, ...], fails: tuple[float, ...]) -> None:
    one = expectations({"payer_loss": bound})[0]
    assert all(one.holds(value) for value in holds)
    assert not any(one.holds(value) for value in fails)


def test_parts_of_an_expectation() -> None:
    one = expectations({"change of payer_loss of pgd in arm more_audits": "below 0"})[0]
    assert (one.figure, one.change, one.tactic, one.arm) == ("payer_loss", True, "pgd", "more_audits")
    one = expectations({"attack_success of pgd on fundoscopy": "at least 0.5"})[0]
    assert (one.figure, one.modality) == ("attack_success", "fundoscopy")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("detection_rat: at least 0.9", "did you mean 'detection_rate'?"),
        ("detection_rate in arm more_audit: at least 0.9", "did you mean 'more_audits'?"),
        ("paid_rate of noize: at least 0.9", "did you mean 'noise'?"),
        ("fraud_share of noise: at least 0.9", "there is no figure 'fraud_share'"),
        ("attack_success of noise on chest_xray: at least 0.9", "there is no modality 'chest_xray'"),
        ("attack_success of noise: at least 0.9", "needs a tactic and a modality"),
        ("attack_success of noise on fundoscopy in arm baseline: at least 0.9", "of no arm"),
        ("payer_loss on fundoscopy: at least 1", "leave out 'on'"),
        ("change of payer_loss: below 0", "say in arm ARM"),
        ("change of payer_loss in arm baseline: below 0", "say in arm ARM"),
        ("detection rate: at least 0.9", "the form is"),
        ("detection_rate: high", "says nothing that can be checked"),
        ("detection_rate: at least", "says nothing that can be checked"),
        ("detection_rate: between 2 and 1", "the first number is the greater"),
        ("detection_rate: 0.9", "needs text"),
        ("detection_rate: ''", "must not be empty"),
    ],
)
def test_expectations_that_are_wrong(written: str, expected: str, small_text: str, load_text: Load) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(small_text + f"expect:\n  {written}\n")
    text = str(raised.value)
    assert expected in text
    assert "s.yaml:93:" in text, text


def test_right_ones_load(small_text: str, load_text: Load) -> None:
    loaded = load_text(small_text + "expect:\n  detection_rate in arm more_audits: at least 0.9\n")
    assert loaded.scenario.expect == {"detection_rate in arm more_audits": "at least 0.9"}
