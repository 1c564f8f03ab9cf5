"""The draws of uncertain numbers: a Latin hypercube, the same in all arms, each with its own lucks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.doctor.digests import replicate_digests
from threatsim.experiment.outer_loop import LUCKS, OuterLoop, outer_loop
from threatsim.experiment.replicates import run_replicates
from threatsim.market.exact_tables import exact_tables
from threatsim.market.simulation import simulate
from threatsim.market.streams import Streams, replicate_streams, resampling_streams
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

SMALL = Path(__file__).parent.parent / "scenario" / "small.yaml"
DAMAGES = {"value": 2, "uniform": {"low": 1, "high": 3}, "unit": "times"}


def load(**overrides: object) -> LoadedScenario:
    return load_scenario(SMALL, overrides={"law.damages": DAMAGES, **overrides})


def loop_of(loaded: LoadedScenario, draws: int = 8, seed: int = 7) -> OuterLoop:
    arms = {arm.name: resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms}
    return outer_loop(arms, draws=draws, seed=seed)


def test_each_number_is_drawn_once_from_each_part_of_equal_probability() -> None:
    loop = loop_of(load(**{"conduct.belief_paid": {"beta": {"alpha": 2, "beta": 2}}}), draws=50)
    damages = np.array(loop.values["baseline"]["law.damages"])
    assert sorted(np.floor((damages - 1) / 2 * 50).astype(int)) == list(range(50))
    belief = np.array(loop.values["baseline"]["conduct.belief_paid"])
    by_hand = 3 * belief**2 - 2 * belief**3  # the distribution function of Beta(2, 2)
    assert sorted(np.floor(by_hand * 50).astype(int)) == list(range(50))
    assert abs(np.corrcoef(damages, belief)[0, 1]) < 0.45, "their orders are drawn independently"


def test_all_arms_have_the_same_draws_and_a_further_number_leaves_them_alone() -> None:
    loop = loop_of(load())
    assert loop.values["more_audits"] == loop.values["baseline"]
    more = loop_of(load(**{"conduct.belief_paid": {"beta": {"alpha": 2, "beta": 2}}}))
    assert more.values["baseline"]["law.damages"] == loop.values["baseline"]["law.damages"]
    assert loop_of(load(), seed=8).values != loop.values


def test_an_arm_s_own_range_of_a_number_is_drawn_at_the_same_places(tmp_path: Path) -> None:
    text = SMALL.read_text().replace("damages: 2", "damages: {uniform: {low: 1, high: 3}, unit: times}")
    wider = "payers.*.audit.random: 0.02\n      law.damages: {uniform: {low: 10, high: 30}}"
    path = tmp_path / "s.yaml"
    path.write_text(text.replace("payers.*.audit.random: 0.02", wider))
    loop = loop_of(load_scenario(path))
    ours, theirs = (np.array(loop.values[arm]["law.damages"]) for arm in ("baseline", "more_audits"))
    assert theirs == pytest.approx(10 * ours)


def test_a_number_of_two_places_is_drawn_once() -> None:
    loop = loop_of(load(**{"payers.*.readers.cost": {"uniform": {"low": 10, "high": 30}, "unit": "USD per claim"}}))
    values = loop.values["baseline"]
    assert values["payers.public.readers.cost"] == values["payers.private.readers.cost"]


def test_replicates_of_a_draw_share_nothing_and_none_is_a_run_s_own() -> None:
    loop = loop_of(load(), draws=5)
    numbers = loop.replicates
    assert len(numbers) == len(set(numbers)) == 5 * LUCKS
    assert [loop.draw_of(number) for number in numbers] == [draw for draw in range(5) for _ in range(LUCKS)]

    def first(streams: Streams) -> float:
        return float(streams.generator("any").random())

    for of in (replicate_streams, resampling_streams):
        own = {first(of(7, number)) for number in range(10_000)}
        of_draws = {first(of(7, number)) for number in numbers}
        assert len(of_draws) == len(numbers)
        assert own.isdisjoint(of_draws)


def test_a_draw_that_makes_no_scenario_is_found_before_anything_is_run() -> None:
    fee = {"value": 300, "lognormal": {"median": 300, "sigma": 1}, "unit": "USD"}
    with pytest.raises(ThreatsimError, match="does not make a scenario"):
        loop_of(load(**{"modalities.fundoscopy.fee_negative": fee}), draws=20)


def test_the_scenario_of_a_draw_differs_in_its_draws_alone() -> None:
    loaded = load()
    loop = loop_of(loaded)
    one = loop.scenario_of("baseline", loaded.scenario, loop.replicates[3])
    assert float(one.law.damages) == loop.values["baseline"]["law.damages"][1]
    assert one.law.damages.distribution is None
    assert one.model_copy(update={"law": loaded.scenario.law}) == loaded.scenario


def test_replicates_hold_uncertain_numbers_at_their_values(tmp_path: Path) -> None:
    found = []
    for number, overrides in enumerate(({}, {"law.damages": DAMAGES})):
        scenario = load_scenario(SMALL, overrides=overrides).scenario
        (result, _) = run_replicates(
            {"baseline": scenario},
            exact_tables(scenario),
            simulate,
            replicates=2,
            seed=7,
            inputs_fingerprint="f",
            folder=tmp_path / str(number),
        )
        found.append(replicate_digests(result))
    assert found[0] == found[1]
