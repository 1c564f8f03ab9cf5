"""What draws of the numbers show: components, drivers, ranking; the same for any number of workers, and resumable."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import stand_in_market
from small_world import scenario_data, small_tables

from threatsim.common.progress import Progress
from threatsim.experiment.doubt.drawn_runs import run_draws
from threatsim.experiment.doubt.findings import doubt_findings, figures_of
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import LUCKS, OuterLoop, outer_loop
from threatsim.experiment.record.doubt import Doubt
from threatsim.experiment.replicates import run_replicates
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

DRAWS = 60
SEED = 7


class Untold(Progress):
    """Nobody is told."""

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda steps: None)

    def note(self, text: str) -> None:
        raise AssertionError(text)


def uncertain_arms() -> dict[str, Scenario]:
    data = scenario_data()
    data["law"]["damages"] = {"value": 2, "uniform": {"low": 1, "high": 3}, "unit": "times"}
    for payer in data["payers"]:
        payer["readers"] = payer["readers"] | {"cost": {"value": 5, "uniform": {"low": 4, "high": 6}, "unit": "USD"}}
    more = scenario_data() | {"law": data["law"], "payers": data["payers"]}
    more["payers"] = [payer | {"audit": payer["audit"] | {"random": 0.002}} for payer in more["payers"]]
    return {"baseline": Scenario.model_validate(data), "audits_doubled": Scenario.model_validate(more)}


def draw_runs(arms: dict[str, Scenario], loop: OuterLoop, folder: Path, workers: int = 1) -> list[ReplicateResult]:
    return run_draws(
        loop,
        arms,
        small_tables(),
        stand_in_market.simulate_by_numbers,
        seed=SEED,
        kept=KeptReplicates(folder, "f"),
        executor=LocalExecutor(workers),
        progress=Untold(),
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Doubt:
    return doubt_of(tmp_path_factory.mktemp("doubt"), workers=1)


def doubt_of(folder: Path, workers: int) -> Doubt:
    arms = uncertain_arms()
    loop = outer_loop(arms, draws=DRAWS, seed=SEED)
    own = run_replicates(
        arms,
        small_tables(),
        stand_in_market.simulate_by_numbers,
        replicates=16,
        seed=SEED,
        inputs_fingerprint="f",
        folder=folder / "own",
    )
    outcomes = arm_outcomes(arms["baseline"].arms, own)
    return doubt_findings(loop, arms, draw_runs(arms, loop, folder, workers), outcomes)


def figure(found: Doubt, arm: str, name: str) -> Any:
    (one,) = [one for one in found.figures if (one.arm, one.figure) == (arm, name)]
    return one


def test_variance_of_the_numbers_and_of_chance_are_told_apart(found: Doubt) -> None:
    # Loss: 100 / 3 from damages, 4 / 3 from the cost, 9 from chance.
    loss = figure(found, "baseline", "payer_loss")
    assert loss.of_numbers.value == pytest.approx((104 / 3) / (104 / 3 + 9), abs=0.1)
    assert loss.of_numbers.low < 104 / 131 < loss.of_numbers.high
    assert loss.both.value == pytest.approx(30, abs=1)
    assert loss.both.low == pytest.approx(20.5, abs=3)
    assert loss.both.high == pytest.approx(39.5, abs=3)
    assert loss.both.n == DRAWS


def test_a_difference_on_the_same_luck_holds_the_numbers_alone(found: Doubt) -> None:
    saved = figure(found, "audits_doubled", "payer_loss")
    assert saved.of_numbers.value == pytest.approx(1, abs=1e-9)
    assert (saved.both.low, saved.both.high) == (pytest.approx(-4.9, abs=0.15), pytest.approx(0.9, abs=0.15))


def test_the_numbers_that_drive_a_figure_come_first(found: Doubt) -> None:
    first, second = figure(found, "baseline", "payer_loss").drivers
    assert (first.number, second.number) == ("law.damages", "payers.*.readers.cost")
    assert first.correlation.low > 0.7
    assert first.lowest == pytest.approx(10 * 1.2 + 10, abs=2)
    assert first.highest == pytest.approx(10 * 2.8 + 10, abs=2)
    assert first.share.value == pytest.approx(100 / 3 / (104 / 3 + 4.5), abs=0.12)
    (only, _) = figure(found, "audits_doubled", "payer_loss").drivers
    assert (only.number, only.correlation.value) == ("law.damages", -1.0)


def test_the_order_of_the_arms_is_counted(found: Doubt) -> None:
    assert found.ranking is not None
    assert found.ranking.order == ("audits_doubled", "baseline")
    (damages,) = [number for number in found.numbers if number.label == "law.damages"]
    better = sum(draw > 4 / 3 for draw in damages.draws)
    assert found.ranking.kept == found.ranking.first["audits_doubled"] == better
    assert found.ranking.first["baseline"] == DRAWS - better
    assert (found.ranking.chance_pairs, found.ranking.chance_kept) == (8, 8), "on the same luck chance changes nothing"


def test_a_draw_without_a_figure_is_left_out_of_it(found: Doubt) -> None:
    assert figure(found, "baseline", "detection_rate").both.n == DRAWS - 1
    assert not any(one.figure == "weeks_to_detection" for one in found.figures)
    assert figure(found, "baseline", "paid_rate").of_numbers.value is None, "what does not vary has no shares"


def test_two_workers_give_the_same_bytes(found: Doubt, tmp_path: Path) -> None:
    assert doubt_of(tmp_path, workers=2).model_dump_json() == found.model_dump_json()


def test_a_draw_keeps_figures_alone_and_an_interrupted_loop_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms = uncertain_arms()
    loop = outer_loop(arms, draws=3, seed=SEED)
    results = draw_runs(arms, loop, tmp_path)
    assert len(results) == 2 * 3 * LUCKS
    assert not any(one.weekly or one.providers or one.sample for one in results)
    gone = sorted((tmp_path / "doubt").glob("*.replicate"))[:2]
    for file in gone:
        file.unlink()
    asked = []
    real = stand_in_market.simulate_by_numbers

    def counting(*args: Any, **keywords: Any) -> ReplicateResult:
        asked.append(keywords["replicate"])
        return real(*args, **keywords)

    monkeypatch.setattr(stand_in_market, "simulate_by_numbers", counting)
    again = draw_runs(arms, loop, tmp_path)
    assert len(asked) == len(gone)
    assert [one.outcomes["payer_loss"] for one in again] == [one.outcomes["payer_loss"] for one in results]
    figures = figures_of(loop, again)
    assert math.isnan(figures["baseline"]["detection_rate"][1, 0])
