"""Runs that go on until an interval is narrow: what is asked, when they stop, and that nothing is run twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import stand_in_market

from threatsim.common.errors import InputError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.figures.figure_names import FigureName
from threatsim.experiment.figures.interval_goal import IntervalGoal, read_goal, until_narrow
from threatsim.experiment.record.stopping import Stopping
from threatsim.experiment.replicates import run_replicates
from threatsim.market.result import ReplicateResult
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.report.terminal.safe_console import SafeConsole
from threatsim.scenario.schema import Scenario
from threatsim.statistics.ratio import ReplicateSample

Found = tuple[list[ReplicateResult], Stopping]


@pytest.mark.parametrize(
    ("text", "figure", "arm", "wanted"),
    [
        ("payer_loss=50k", "payer_loss", "", 50_000),
        ("payer_loss = +-1.5M", "payer_loss", "", 1_500_000),
        ("payer_loss@public[audits_doubled]=200", "payer_loss@public", "audits_doubled", 200),
        ("fraud_share=0.5%", "fraud_share", "", 0.005),
        ("claims@code_only=3", "claims@code_only", "", 3),
    ],
)
def test_what_is_asked_is_read(scenario: Scenario, text: str, figure: str, arm: str, wanted: float) -> None:
    goal = read_goal(text, scenario, None)
    assert (goal.figure.name, goal.figure.arm, goal.wanted) == (figure, arm, wanted)
    assert (goal.first, goal.most) == (20, 400)


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("payer_loss", None, "a figure, '=' and a number"),
        ("payer_los=5k", None, "no figure 'payer_los'"),
        ("weeks_to_detection=5", None, "no figure 'weeks_to_detection'"),
        ("payer_loss@nobody=5", None, "no payer or tactic 'nobody'"),
        ("payer_loss[nix]=5", None, "no arm 'nix'"),
        ("payer_loss=0", None, "is above 0, not 0"),
        ("payer_loss=-5k", None, "is above 0, not -5k"),
        ("payer_loss=narrow", None, "'narrow' is not a number"),
        ("payer_loss=1e999", None, "'1e999' is not a number"),
        ("payer_loss=5%", None, "payer_loss is no share"),
        ("payer_loss=5k", 19, "allowed is at least 20"),
    ],
)
def test_what_cannot_be_is_refused(scenario: Scenario, text: str, most: int | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_goal(text, scenario, most)


def run(
    goal: IntervalGoal,
    arms: Mapping[str, Scenario],
    tables: Mapping[str, OutcomeTable],
    folder: Path,
    *,
    dies_at: int = 10_000,
) -> Found:
    """Go on until the interval is narrow, or die once so many replicates are asked for."""

    def simulated(first: int, upto: int) -> list[ReplicateResult]:
        if upto > dies_at:
            raise KeyboardInterrupt
        return run_replicates(
            arms, tables, stand_in_market.simulate, first=first, replicates=upto, seed=7, inputs_fingerprint="a" * 64,
            folder=folder,
        )  # fmt: skip

    quiet = TerminalProgress(SafeConsole(stderr=True), quiet=True)
    return until_narrow(goal, list(arms), simulated, quiet)


def test_it_stops_at_the_first_look_that_is_narrow_enough(
    scenario: Scenario, arms: dict[str, Scenario], tables: dict[str, OutcomeTable], tmp_path: Path
) -> None:
    goal = read_goal("payer_loss=1.9", scenario, None)
    results, ended = run(goal, arms, tables, tmp_path / "a")
    widths = [max(width or np.inf for width in look.half_widths.values()) for look in ended.looks]
    assert ended.reached
    assert widths[-1] <= 1.9 < min(widths[:-1])
    assert [(one.arm, one.replicate) for one in results] == [(arm, n) for arm in arms for n in range(ended.replicates)]

    # The same replicates, asked for at once, have the same figure; what a look knew does not hang on later ones.
    least = replace(goal, most=ended.looks[1].replicates, wanted=1e-9)
    _, cut = run(least, arms, tables, tmp_path / "b")
    assert not cut.reached
    assert cut.looks == ended.looks[:2]

    # Stopped between two batches, it goes on where it was: with the same end, and nothing is simulated twice.
    log = tmp_path / "log"
    log.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(stand_in_market.LOG, str(log))
        with pytest.raises(KeyboardInterrupt):
            run(goal, arms, tables, tmp_path / "c", dies_at=ended.looks[1].replicates)
        _, again = run(goal, arms, tables, tmp_path / "c")
    assert again == ended
    assert len(list(log.iterdir())) == len(arms) * ended.replicates


def test_a_figure_that_has_not_varied_yet_is_not_known() -> None:
    goal = IntervalGoal(FigureName("payer_loss"), 1.0, 20, 400)
    found, _ = goal.found(ReplicateSample(np.zeros(20)))
    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_events_that_have_not_happened_yet_have_an_exact_interval() -> None:
    goal = IntervalGoal(FigureName("false_accusations"), 0.1, 20, 400)
    found, _ = goal.found(ReplicateSample(np.zeros(20), np.ones(20)))
    ordinary = -2 * np.log(0.025) / 20  # Garwood's of no event in ten pairs
    assert found.low == 0
    assert found.high is not None
    assert found.high > ordinary
