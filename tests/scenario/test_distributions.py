"""Uncertain numbers: the distributions, and where they may stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.sections.quantity import Dollars, Share
from threatsim.scenario.uncertain import drawn, draws, uncertain_numbers

Load = Callable[[str], LoadedScenario]
SHARE = TypeAdapter(Share)
DOLLARS = TypeAdapter(Dollars)
SPREAD = math.sqrt(math.exp(0.25) - 1)
UNIFORMS = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize(
    ("written", "mean", "sd"),
    [
        ({"normal": {"mean": 100, "sd": 5}}, 100, 5),
        (
            {"lognormal": {"median": 100, "sigma": 0.5}},
            100 * math.exp(0.125),
            100 * math.sqrt(math.exp(0.25) * (math.exp(0.25) - 1)),
        ),
        ({"triangular": {"low": 1, "mode": 2, "high": 6}}, 3, math.sqrt((1 + 4 + 36 - 2 - 6 - 12) / 18)),
        ({"uniform": {"low": 2, "high": 4}}, 3, 2 / math.sqrt(12)),
        ({"beta": {"alpha": 2, "beta": 6}}, 0.25, math.sqrt(12 / (64 * 9))),
    ],
)
def test_draws_have_the_moments_of_the_family(written: dict[str, object], mean: float, sd: float) -> None:
    law = DOLLARS.validate_python(written).distribution
    values = [law.quantile(float(u), 0, None) for u in UNIFORMS[::10]]
    assert np.mean(values) == pytest.approx(mean, rel=0.01)
    assert np.std(values) == pytest.approx(sd, rel=0.03)


def test_a_draw_is_the_quantile_of_the_distribution_cut_to_the_range() -> None:
    law = SHARE.validate_python({"normal": {"mean": 0.9, "sd": 0.2}}).distribution
    oracle = stats.truncnorm((0 - 0.9) / 0.2, (1 - 0.9) / 0.2, loc=0.9, scale=0.2)
    for u in (0.0, 0.1, 0.5, 0.9, 0.999):
        assert law.quantile(u, 0, 1) == pytest.approx(float(oracle.ppf(u)), abs=1e-9)


@pytest.mark.parametrize(
    ("written", "centre"),
    [
        ({"normal": {"mean": 0.3, "sd": 0.1}}, 0.3),
        ({"lognormal": {"median": 0.2, "sigma": 1}}, 0.2),
        ({"triangular": {"low": 0, "mode": 0.1, "high": 0.5}}, 0.2),
        ({"uniform": {"low": 0.2, "high": 0.4}}, 0.3),
        ({"beta": {"alpha": 1, "beta": 3}}, 0.25),
        ({"beta": {"alpha": 1, "beta": 3}, "value": 0.5}, 0.5),
    ],
)
def test_where_one_number_is_needed_it_is_the_centre(written: dict[str, object], centre: float) -> None:
    assert float(SHARE.validate_python(written)) == pytest.approx(centre)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"normal": {"mean": 0.5, "sd": -1}}, "greater than 0"),
        ({"normal": {"mean": 0.5}}, "Field required"),
        ({"normal": {"mean": 5, "sd": 1}}, "out of range"),
        ({"normal": {"mean": 1, "sd": 9}}, "only 4% of its distribution"),
        ({"uniform": {"low": 0.4, "high": 0.2}}, "low must lie below high"),
        ({"triangular": {"low": 0, "mode": 2, "high": 1}}, "must rise"),
        ({"uniform": {"low": 0, "high": 1}, "beta": {"alpha": 1, "beta": 1}}, "exclude each other"),
        ({"uniform": {"low": 0, "high": 1}, "kind": "measured"}, "needs a source"),
        ({"poisson": {"mean": 1}}, "Extra inputs"),
    ],
)
def test_distributions_that_are_wrong(written: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError) as raised:
        SHARE.validate_python(written)
    assert expected in str(raised.value)


FIXED = {
    "the pool of images": ("modalities:\n", "cases: {positive_share: {uniform: {low: 0.4, high: 0.6}}}\nmodalities:\n"),
    "what providers choose from": ("shares: [0, 0.5]", "shares: [0, {uniform: {low: 0.4, high: 0.6}}]"),
    "run once": ("    epsilon: 0.02", "    epsilon: {uniform: {low: 0.01, high: 0.03}}"),
}


@pytest.mark.parametrize("place", FIXED)
def test_what_cannot_be_uncertain(place: str, small_text: str, load_text: Load) -> None:
    written, instead = FIXED[place]
    assert small_text.count(written) == 1
    with pytest.raises(ScenarioError, match="cannot be uncertain"):
        load_text(small_text.replace(written, instead))


@pytest.fixture
def uncertain(small_text: str, load_text: Load) -> LoadedScenario:
    text = small_text.replace("damages: 2", "damages: {uniform: {low: 1, high: 3}, unit: times}")
    return load_text(text.replace("belief_paid: 0.5", "belief_paid: {beta: {alpha: 2, beta: 2}}"))


def test_a_drawn_scenario_differs_in_its_draws_alone(uncertain: LoadedScenario) -> None:
    scenario = uncertain.scenario
    assert [number.label for number in uncertain_numbers(scenario)] == ["conduct.belief_paid", "law.damages"]
    made = draws(scenario, {"conduct.belief_paid": [0.5, 0.1], "law.damages": [0.25, 0.75]})
    assert made["law.damages"] == [1.5, 2.5]
    one = drawn(scenario, {path: values[0] for path, values in made.items()})
    assert (float(one.law.damages), one.law.damages.unit) == (1.5, "times")
    assert not uncertain_numbers(one)
    payers = drawn(scenario, {"payers.public.readers.cost": 7.5}).payers
    assert [float(payer.readers.cost) for payer in payers] == [7.5, 20]
    again = one.model_copy(update={"law": scenario.law, "conduct": scenario.conduct})
    assert again == scenario


def test_draws_that_do_not_agree_are_one_clear_error(
    uncertain: LoadedScenario, small_text: str, load_text: Load
) -> None:
    text = small_text.replace("fee_negative: 36", "fee_negative: {lognormal: {median: 300, sigma: 1}, unit: USD}")
    scenario = load_text(text).scenario
    with pytest.raises(ThreatsimError, match=r"less than one without it.*[\s\S]*Narrow the distributions"):
        drawn(scenario, {"modalities.fundoscopy.fee_negative": 400.0})


def test_an_arm_may_make_a_number_certain_or_uncertain(small_text: str, tmp_path: Path) -> None:
    from threatsim.scenario.reading.arms import resolve_arm

    path = tmp_path / "s.yaml"
    path.write_text(
        small_text.replace("payers.*.audit.random: 0.02", "payers.*.audit.random: {uniform: {low: 0.01, high: 0.03}}")
    )
    loaded = load_scenario(path)
    assert not uncertain_numbers(loaded.scenario)
    (number,) = uncertain_numbers(resolve_arm(loaded, "more_audits"))
    assert number.label == "payers.*.audit.random"
    assert number.paths == ("payers.public.audit.random", "payers.private.audit.random")


def test_what_differs_in_anything_is_not_one_number(small_text: str, load_text: Load) -> None:
    text = small_text.replace("damages: 2", "damages: {uniform: {low: 1, high: 3}, unit: times}")
    for line in ("prevalence: {value: 0.2, unit: share", "belief_paid: 0.5"):
        assert line in text
    wide = "{uniform: {low: 0.1, high: 0.9}, unit: share"
    text = text.replace("belief_paid: 0.5", f"belief_paid: {wide}}}").replace(
        "neighbour_weight: 0.5", f"neighbour_weight: {wide}}}"
    )
    labels = [number.label for number in uncertain_numbers(load_text(text).scenario)]
    assert labels == ["conduct.belief_paid", "conduct.neighbour_weight", "law.damages"], "other keys, other numbers"


def test_of_the_share_of_one_payer_the_others_divide_the_rest(small_text: str, load_text: Load) -> None:
    scenario = load_text(small_text.replace("    share: 0.4", "    share: {uniform: {low: 0.3, high: 0.5}}")).scenario
    (number,) = uncertain_numbers(scenario)
    one = drawn(scenario, {number.paths[0]: 0.34})
    assert [float(payer.share) for payer in one.payers] == pytest.approx([0.66, 0.34], abs=1e-15)
    with pytest.raises(ScenarioError, match="uncertain already, and the others divide the rest"):
        load_text(
            small_text.replace("    share: 0.4", "    share: {uniform: {low: 0.3, high: 0.5}}").replace(
                "    share: 0.6", "    share: {uniform: {low: 0.5, high: 0.7}}"
            )
        )


def test_doubt_needs_something_to_draw(small_text: str, uncertain: LoadedScenario, load_text: Load) -> None:
    with pytest.raises(ScenarioError, match=r"s.yaml:7:8: doubt: nothing to draw: no number of this scenario"):
        load_text(small_text.replace("seed: 7", "doubt: 50\nseed: 7"))
    with pytest.raises(ScenarioError, match="at least 2"):
        load_text(small_text.replace("seed: 7", "doubt: 1\nseed: 7"))
    with pytest.raises(ScenarioError, match="doubt"):
        load_text(small_text.replace("seed: 7", "doubt: -3\nseed: 7"))


def test_a_bound_that_is_itself_excluded_is_told_as_such(small_text: str, load_text: Load) -> None:
    wrong = small_text.replace("fee_negative: 36", "fee_negative: {normal: {mean: 0, sd: 0}}")
    assert wrong != small_text
    with pytest.raises(ThreatsimError, match=r"fee_negative\.normal\.sd is 0; allowed is above 0"):
        load_text(wrong)
