"""Payers that alter images: what the summary shows of them, and the answer."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from threatsim.experiment.record.record import ArmOutcome, PatternCheck, RunRecord
from threatsim.report.terminal.summary import print_summary
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.suppression import suppression_tactics
from threatsim.report.words.limits import limits
from threatsim.statistics.estimate import Difference, Estimate

PLAN = {"tactic": "pgd_white_box", "share": 0.2, "reviewed": 0.01, "penalty": 10_000}

PATTERN = PatternCheck(
    key="k",
    check="Audits deter",
    measured="m",
    unit="share",
    low=None,
    high=-0.2,
    found=Estimate(value=-0.5, low=-0.6, high=-0.4, n=20),
    ok=True,
    source="s",
)


def figure(value: float | None, half: float = 0.0) -> Difference:
    if value is None:
        return Difference(value=None, low=None, high=None, n=0)
    return Difference(value=value, low=value - half, high=value + half, n=20)


def of(arm: ArmOutcome, figures: dict[str, Difference], differences: dict[str, Difference]) -> ArmOutcome:
    return arm.model_copy(
        update={
            "outcomes": arm.outcomes | figures,
            "differences": arm.differences | differences if arm.differences else {},
        }
    )


@pytest.fixture
def suppressing(record: RunRecord) -> RunRecord:
    """The made-up record with a payer that alters images, and honest providers."""
    scenario: dict[str, Any] = dict(record.scenario)
    scenario["payers"] = [*scenario["payers"][:-1], scenario["payers"][-1] | {"suppression": PLAN}]
    nobody = {"fraud_providers": figure(0), "fraud_payoff": figure(None), "detection_rate": figure(None)}
    gains = {"baseline": 173_000, "audits_doubled": 173_000, "hash_at_capture": -150_000}
    arms = []
    for arm in record.arms:
        gain = gains.get(arm.name, 90_000)
        figures = {"suppression_gain": figure(gain, 20_000), "denied_value": figure(1e6, 1e5)}
        changes = {"suppression_gain": figure(gain - 173_000, 20_000), "honest_denied": figure(0, 0.001)}
        if arm.name == "hash_at_capture":
            changes["honest_denied"] = figure(-0.027, 0.005)
        arms.append(of(arm, figures | nobody, changes))
    attacks = [
        c.model_copy(update={"attacks": tuple(a.model_copy(update={"suppression": figure(0.62)}) for a in c.attacks)})
        for c in record.classifiers
    ]
    return record.model_copy(update={"scenario": scenario, "arms": tuple(arms), "classifiers": tuple(attacks)})


def summary(record: RunRecord) -> str:
    stream = io.StringIO()
    print_summary(record, Console(file=stream, width=80), report_path="reports/x", in_full=True)
    return stream.getvalue()


def test_the_answer_is_about_the_payer_where_the_payer_attacks(suppressing: RunRecord) -> None:
    situation, gain, denied = answer(suppressing)
    assert "payers gain USD 173k (153k to 193k) a year by altering images" in situation
    assert gain.index("Hash at capture") < gain.index("Hardened operating point") < gain.index("no detectable")
    assert "USD −323k (−343k to −303k) in “Hash at capture”" in gain
    assert "no detectable difference in “Audits doubled”" in gain
    assert "costs payers more than it brings in “Hash at capture”." in gain
    assert "−2.70 pp (−3.20 to −2.20) in “Hash at capture”" in denied


def test_false_billing_is_told_as_well_where_there_is_some(suppressing: RunRecord, record: RunRecord) -> None:
    both = [
        arm.model_copy(update={"outcomes": arm.outcomes | {"fraud_providers": figure(0.1), "fraud_payoff": figure(5)}})
        for arm in suppressing.arms
    ]
    assert len(answer(suppressing.model_copy(update={"arms": tuple(both)}))) == 7
    assert len(answer(record)) == 4


def test_a_gain_below_zero_is_a_loss(suppressing: RunRecord) -> None:
    first, *rest = suppressing.arms
    losing = of(first, {"suppression_gain": figure(-150_000, 20_000)}, {})
    assert (
        "payers lose USD 150k (130k to 170k) a year"
        in answer(suppressing.model_copy(update={"arms": (losing, *rest)}))[0]
    )


def test_the_summary_shows_the_payers_figures_and_says_that_nobody_bills_falsely(
    suppressing: RunRecord, record: RunRecord
) -> None:
    text = summary(suppressing.model_copy(update={"patterns": (PATTERN,)}))
    assert "Payers' gain by altering images: USD per year" in text
    assert "True claims denied: share of true claims" in text
    assert "Fraud payoff: USD" not in text
    assert "No provider bills falsely in any arm." in text
    assert "published patterns" not in text
    assert "1 of 1 published patterns hold" in summary(record.model_copy(update={"patterns": (PATTERN,)}))
    assert "Attack success of payers" in text
    assert "62.0%" in text
    assert not any("could not be computed" in limit for limit in limits(suppressing))


def test_an_ordinary_run_says_nothing_of_it(record: RunRecord) -> None:
    assert "altering images" not in summary(record)


@pytest.mark.parametrize(
    "changes", [{"payers.*.suppression": PLAN}, {"payers.commercial.suppression.tactic": "pgd_white_box"}]
)
def test_an_arm_may_bring_the_payer_that_alters(record: RunRecord, changes: dict[str, Any]) -> None:
    first, second, *rest = record.arms
    arms = (first, second.model_copy(update={"changes": changes}), *rest)
    assert suppression_tactics(record) == []
    assert suppression_tactics(record.model_copy(update={"arms": arms})) == ["pgd_white_box"]
