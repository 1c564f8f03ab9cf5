"""Uncertain inputs: which draw a replicate has, and the shares of variance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.uncertainty import check_draws, draws_of, scenario_of, uncertain_inputs
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import uncertain_numbers
from threatsim.statistics.sensitivity import first_order_shares

SMALL = Path(__file__).parent.parent / "scenario" / "small.yaml"
DAMAGES = {"uniform": {"low": 1, "high": 3}, "unit": "times"}


def load(**overrides: object) -> LoadedScenario:
    return load_scenario(SMALL, overrides={"law.damages": DAMAGES, **overrides})


def value(scenario: Scenario, replicate: int) -> float:
    return float(scenario_of(scenario, seed=7, replicate=replicate).law.damages)


def test_a_pair_of_replicates_shares_its_draw_and_the_next_has_another() -> None:
    scenario = load().scenario
    values = [value(scenario, n) for n in range(6)]
    assert values[0::2] == values[1::2]
    assert len(set(values)) == 3
    assert all(1 <= one <= 3 for one in values)


def test_all_arms_see_the_same_draw() -> None:
    loaded = load()
    assert {value(resolve_arm(loaded, arm.name), 4) for arm in loaded.scenario.arms} == {value(loaded.scenario, 4)}


def test_a_further_uncertain_number_leaves_the_others_alone() -> None:
    more = load(**{"conduct.belief_paid": {"beta": {"alpha": 2, "beta": 2}}}).scenario
    assert value(more, 2) == value(load().scenario, 2)


def test_draws_cover_the_distribution() -> None:
    scenario = load().scenario
    values = np.sort([draws_of(scenario, seed=3, replicate=2 * n)[0].value for n in range(400)])
    expected = np.linspace(1, 3, 400)
    assert np.abs(values - expected).max() < 0.15  # Kolmogorov's distance at 400 draws is below 0.07 of the range


def test_a_scenario_without_uncertain_numbers_stays_the_same_object() -> None:
    scenario = load_scenario(SMALL).scenario
    assert scenario_of(scenario, seed=1, replicate=0) is scenario


def test_draws_that_do_not_agree_are_found_before_anything_is_run() -> None:
    fee = {"lognormal": {"median": 300, "sigma": 1}, "unit": "USD"}
    scenario = load(**{"modalities.fundoscopy.fee_negative": fee}).scenario
    with pytest.raises(ThreatsimError, match="does not make a scenario"):
        check_draws({"baseline": scenario}, seed=1, replicates=40)


def test_shares_of_an_additive_outcome_are_those_of_its_terms() -> None:
    rng = np.random.default_rng(5)
    inputs = rng.random((600, 3))
    weights = np.array([4.0, 2.0, 0.0])
    outcome = inputs @ weights + rng.normal(scale=1 / np.sqrt(3), size=600)
    variances = np.array([*(weights**2 / 12), 1 / 3])
    expected = (variances / variances.sum())[:3]
    shares = first_order_shares(inputs, outcome)
    assert [one.value for one in shares] == pytest.approx(expected, abs=0.06)
    assert all(one.low <= one.value <= one.high for one in shares)
    assert shares == first_order_shares(inputs, outcome), "the same draws give the same shares"


def test_record_of_uncertain_inputs() -> None:
    scenario = load().scenario
    drawn = [value(scenario, n) for n in range(100)]
    noise = np.random.default_rng(1).normal(scale=0.01, size=100)
    outcomes = {"payer_loss": [float(a + b) for a, b in zip(drawn, noise, strict=True)], "paid_rate": [0.5] * 100}
    (found,) = uncertain_inputs(scenario, seed=7, replicates=100, outcomes=outcomes)
    assert (found.path, found.unit, found.distribution) == ("law.damages", "times", "uniform (low 1, high 3)")
    assert found.draws == drawn[::2]
    assert [share.outcome for share in found.shares] == ["payer_loss"], "what does not vary has no shares"
    assert found.shares[0].share.value == pytest.approx(1, abs=0.05)


def test_few_draws_tell_no_shares() -> None:
    scenario = load().scenario
    outcomes = {"payer_loss": [float(n) for n in range(20)]}
    (found,) = uncertain_inputs(scenario, seed=7, replicates=20, outcomes=outcomes)
    assert len(found.draws) == 10
    assert found.shares == ()


def test_replicates_hold_uncertain_numbers_at_their_values(tmp_path: Path) -> None:
    from threatsim.experiment.doctor.digests import replicate_digests
    from threatsim.experiment.replicates import run_replicates
    from threatsim.market.exact_tables import exact_tables
    from threatsim.market.simulation import simulate

    ranges = {"law.damages": {"value": 2, "uniform": {"low": 1, "high": 2.5}, "unit": "times"}}
    found = []
    for number, overrides in enumerate(({}, ranges)):
        scenario = load_scenario(SMALL, overrides=overrides).scenario
        assert bool(uncertain_numbers(scenario)) == bool(overrides)
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
