"""One provider's run, read from a report and told in words."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.market.conftest import SCENARIO, score_table
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.columns import write_columns
from threatsim.experiment.record.writing import write_record
from threatsim.experiment.stories.career import Decision, career
from threatsim.experiment.stories.provider_story import ProviderStory, provider_story, suspicious
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.report.terminal.story_table import career_line, print_story, sentences
from threatsim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def result() -> ReplicateResult:
    scenario = Scenario.model_validate(SCENARIO | {"law": SCENARIO["law"] | {"findings_to_accuse": 2}})
    tables = {name: score_table(name, list(scenario.tactics)) for name in scenario.modalities}
    return simulate(scenario, tables, arm="baseline", replicate=0, seed=3)


@pytest.fixture(scope="module")
def report(result: ReplicateResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.report.conftest import made_up_record
    from threatsim.experiment.record.assembly import inputs_of, results_fingerprint

    folder = tmp_path_factory.mktemp("report")
    record = made_up_record()
    scenario = Scenario.model_validate(SCENARIO).model_dump(mode="json")
    arm = record.arms[0].model_copy(update={"name": "baseline"})
    record = record.model_copy(update={"scenario": scenario, "arms": (arm,)})
    inputs = inputs_of(record)
    record = record.model_copy(update={"inputs_fingerprint": inputs.fingerprint, "run_id": inputs.run_id})
    record = record.model_copy(update={"results_fingerprint": results_fingerprint(record)})
    write_record(folder / "record.json", record)
    write_columns(folder, [result])
    return folder


def told(story: ProviderStory, width: int = 80) -> str:
    stream = io.StringIO()
    print_story(story, Console(file=stream, width=width, highlight=False))
    return stream.getvalue()


def test_the_story_agrees_with_the_columns(report: Path, result: ReplicateResult) -> None:
    for row in (0, 59, 60, 99):
        name = f"eye.{row}" if row < 60 else f"chest.{row - 60}"
        story = provider_story(report, name)
        assert story == provider_story(report, str(row))
        assert story == provider_story(report, name.capitalize().replace(".", " "))  # as reports print it
        assert story.provider == name
        assert story.claims == result.providers["claims"][row]
        assert story.false_claims == result.providers["false_claims"][row]
        assert story.net_fraud_usd == result.providers["net_fraud_usd"][row]
        of_provider = result.decisions["provider"] == row
        assert [decision.tactic for decision in story.decisions] == result.decisions["tactic"][of_provider].tolist()
        assert [decision.week for decision in story.decisions] == list(range(story.decisions[0].week, 26, 4))
        assert story.decisions[0].week < 4


def test_gains_and_beliefs_move_with_what_happens(result: ReplicateResult) -> None:
    decisions = result.decisions
    first = decisions["week"] == 0
    assert (decisions["gained_usd"][first] == 0).all()
    np.testing.assert_allclose(decisions["believed_found"][first], 0.6 * 0.02, rtol=1e-6)  # if it is paid
    cheats = result.providers["false_claims"] > 0
    last = np.array([np.flatnonzero(decisions["provider"] == row)[-1] for row in range(cheats.size)])
    assert (decisions["gained_usd"][last][~cheats] == 0).all()
    assert (decisions["gained_usd"][last][cheats] != 0).mean() > 0.9
    excluded = decisions["excluded"]
    assert not excluded[first].any()
    assert (decisions["tactic"][excluded] == "").sum() > 0


def test_a_career_adds_up_to_the_run(report: Path, result: ReplicateResult) -> None:
    seen = set()
    for row in range(100):
        story = provider_story(report, str(row))
        for period in story.career:
            told = period.honest_weeks, *period.cheating_weeks.values(), period.excluded_weeks, period.unknown_weeks
            assert sum(told) == period.last_week - period.first_week + 1
            seen |= {name for name in ("accused", "replaced", "excluded_weeks") if getattr(period, name)}
        assert sum(period.gained_usd or 0 for period in story.career) == pytest.approx(story.net_fraud_usd, abs=1)
        assert sum(period.accused for period in story.career) == (story.accused_week is not None)
        cheating = {tactic for period in story.career for tactic in period.cheating_weeks}
        assert cheating == {one.tactic for one in story.decisions} - {""}
    assert {"accused", "excluded_weeks"} <= seen


def test_a_career_of_years_is_told_by_years() -> None:
    def decided(week: int, tactic: str, gained: float, *, excluded: bool = False) -> Decision:
        return Decision(
            week=week,
            tactic=tactic,
            share=0.5 if tactic else 0.0,
            payer="",
            considered="code_only",
            worth_usd_per_week=1.0,
            believed_paid=0.5,
            believed_found=0.1,
            findings=0,
            excluded=excluded,
            gained_usd=gained,
        )

    decisions = [
        decided(1, "", 0),
        decided(50, "code_only", 0),
        decided(54, "", 90, excluded=True),
        decided(110, "code_only", 80),
    ]
    years = career(decisions, weeks=120, accused_week=53, entered_week=100, net_usd=100)
    assert [(year.first_week, year.last_week) for year in years] == [(0, 51), (52, 103), (104, 119)]
    assert [career_line(year) for year in years] == [
        "honest 49 weeks, code_only 2 weeks, not kept 1 week",
        "honest 4 weeks, code_only 2 weeks, excluded 46 weeks; accused of fraud; replaced by a newcomer",
        "honest 6 weeks, code_only 10 weeks",
    ]
    assert [year.gained_usd for year in years] == [90, -10, 20]
    assert career([], weeks=120, accused_week=None, entered_week=0, net_usd=0) == ()


def test_what_was_gained_before_the_record_is_in_no_decision() -> None:
    scenario = Scenario.model_validate(SCENARIO | {"burn_in": 26})
    tables = {name: score_table(name, list(scenario.tactics)) for name in scenario.modalities}
    ran = simulate(scenario, tables, arm="baseline", replicate=0, seed=3)
    assert (ran.providers["net_fraud_usd"] != 0).any()
    for row in np.flatnonzero(ran.decisions["provider"] >= 0):
        if ran.decisions["week"][row] == 0:
            assert ran.decisions["gained_usd"][row] == 0


def test_the_words_say_what_it_chose_when_it_was_caught_and_what_it_gained(
    report: Path, result: ReplicateResult
) -> None:
    accused = np.flatnonzero((result.providers["accused_week"] >= 0) & (result.providers["false_claims"] > 0))
    story = provider_story(report, str(int(accused[0])))
    text = "\n".join(sentences(story))
    assert f"In week {story.accused_week} it was accused of fraud" in text
    assert "eligible cases" in text
    assert "it was excluded and billed nothing" in text
    for width in (80, 120):
        page = told(story, width)
        assert max(len(line) for line in page.splitlines()) <= width
        assert "Over the run it billed" in page
        assert page.isprintable() or "\n" in page


def test_an_honest_provider_has_a_story_too(report: Path, result: ReplicateResult) -> None:
    honest = np.flatnonzero((result.providers["false_claims"] == 0) & (result.providers["accused_week"] < 0))
    page = told(provider_story(report, str(int(honest[0]))))
    assert "billed honestly" in page
    assert "What false billing had brought it" not in page


def test_the_suspicious_are_those_who_billed_most_falsely(report: Path, result: ReplicateResult) -> None:
    names = suspicious(report)
    worst = int(result.providers["false_claims"].argmax())
    assert names[0] == (f"eye.{worst}" if worst < 60 else f"chest.{worst - 60}")
    assert len(names) == 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("eye.60", "eye has 60 providers, numbered from 0"),
        ("eyes.3", "Did you mean 'eye.3'"),
        ("Eyes 3", "Did you mean 'eye.3'"),
        ("nobody", "write a specialty and a number"),
        ("100", "there are 100, numbered from 0"),
    ],
)
def test_a_provider_that_is_not_there(report: Path, name: str, message: str) -> None:
    with pytest.raises(ThreatsimError) as raised:
        provider_story(report, name)
    assert message in str(raised.value)


def test_an_arm_that_is_not_there(report: Path) -> None:
    with pytest.raises(ThreatsimError, match="there is no arm 'base'"):
        provider_story(report, "eye.0", "base")
    with pytest.raises(ThreatsimError, match="there is no arm 'base'"):
        suspicious(report, "base")
