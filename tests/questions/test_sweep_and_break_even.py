"""What varies, designs, figures by name, and crossings of curves that are known, with their coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import InputError
from threatsim.experiment.figures.estimates import estimate
from threatsim.experiment.figures.figure_names import read_figure
from threatsim.questions.break_even.crossing import crossings
from threatsim.questions.break_even.until import read_until
from threatsim.questions.places_apart import check_apart
from threatsim.questions.points import telling_points
from threatsim.questions.sweep.design import points_of
from threatsim.questions.variation import read_varied
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.ratio import ReplicateSample


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("insurance_upcoding").scenario


def test_a_log_range_has_equal_quotients_and_exact_ends() -> None:
    (one,) = read_varied(["a.b=0.001:0.1:log:3"])
    assert one.values == (0.001, 0.01, 0.1)


def test_values_are_read_as_yaml_reads_them() -> None:
    (one,) = read_varied(["a.b=pend,deny,3,true"])
    assert one.values == ("pend", "deny", 3, True)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "nothing varies"),
        (["a.b"], "needs a path"),
        (["a.b=2:1"], "the first must be below the second"),
        (["a.b=1:1"], "the first must be below the second"),
        (["a.b=0:1:log"], "begins above 0"),
        (["a.b=-1:1:log"], "begins above 0"),
        (["a.b=one:2"], "'one' is not a number"),
        (["a.b=0:nan"], "'nan' is not a number"),
        (["a.b=0:inf"], "'inf' is not a number"),
        (["a.b=0:1:lin"], "a range is LOW:HIGH"),
        (["a.b=0:1:1"], "1 values"),
        (["a.b=3"], "one value alone"),
        (["a.b=3,3"], "listed twice"),
        (["a.b=" + ",".join(str(i) for i in range(10_001))], "10,001 values; allowed are at most 10,000"),
        (["a.b=3,,4"], "a value of the list is empty"),
        (["a.b=3,"], "a value of the list is empty"),
        (["a.b=1:2", "a.b=3:4"], "given twice"),
    ],
)
def test_what_varies_is_refused_in_words(written: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_varied(written)


@pytest.mark.parametrize(
    ("settings", "paths", "said"),
    [
        ({"payers.*.audit.random": 0.1}, ["payers.*.audit.random"], "it is one or the other"),
        ({"payers.*.audit.random": 0.1}, ["payers.0.audit.random"], "it is one or the other"),
        (
            {"payers.0.audit.random": 0.1},
            ["payers.*.audit.random"],
            r"varies, and --set payers.0.audit.random=0.1 gives",
        ),
        ({"payers.0.audit.random.value": 0.1}, ["payers.0.audit.random"], "it is one or the other"),
        ({}, ["payers.*.audit.random", "payers.0.audit.random"], r"varies by payers.\*.audit.random already"),
        ({}, ["payers.0.audit", "payers.0.audit.random"], "varies by payers.0.audit already"),
    ],
)
def test_a_place_is_given_one_value_however_it_is_written(
    settings: dict[str, float], paths: list[str], said: str
) -> None:
    loaded = load_scenario("insurance_upcoding", overrides=settings)
    with pytest.raises(InputError, match=said):
        check_apart(loaded, paths, "--vary")


def test_paths_beside_each_other_and_values_around_them_are_no_mistake() -> None:
    loaded = load_scenario("insurance_upcoding", overrides={"payers.*.audit.lag": 8, "law.exclusion": 0.2})
    check_apart(loaded, ["payers.0.audit.random", "payers.1.audit.random", "payers.*.audit.targeted"], "--vary")


def test_a_grid_has_every_combination_once() -> None:
    points = points_of(read_varied(["a=0:1:3", "b=x,y"]), seed=1)
    assert len(points) == 6
    assert len({tuple(point.values()) for point in points}) == 6


def test_a_longer_sobol_design_begins_with_the_shorter_one() -> None:
    varied = read_varied(["a=0:1", "b=1:100:log", "c=x,y"])
    short, long = (points_of(varied, design="sobol", points=count, seed=5) for count in (11, 40))
    assert long[:11] == short


def test_a_latin_design_has_one_point_in_each_part_of_each_range() -> None:
    points = points_of(read_varied(["a=0:1", "b=1:100:log"]), design="latin", points=16, seed=5)
    assert sorted(int(16 * point["a"]) for point in points) == list(range(16))
    assert sorted(int(16 * math.log(point["b"], 100)) for point in points) == list(range(16))


def test_of_a_large_design_the_ends_of_every_path_are_checked_beforehand() -> None:
    varied = read_varied(["a=0:1", "b=1:100:log", "c=x,y,z"])
    points = points_of(varied, design="sobol", points=5000, max_points=5000, seed=5)
    assert len({repr(point) for point in points}) == len(points)
    told = telling_points(points)
    assert len(told) < 80
    for path in ("a", "b"):
        ends = [choose(point[path] for point in points) for choose in (min, max)]
        assert set(ends) <= {point[path] for point in told}
    assert {point["c"] for point in told} == {"x", "y", "z"}
    assert telling_points(points[:64]) == points[:64]


def test_of_many_points_that_move_one_path_each_every_end_is_checked_beforehand() -> None:
    """So a sensitivity analysis of more than 32 numbers asks."""
    points = [{f"number_{number}": end} for number in range(40) for end in (0.05, 0.95)]
    assert telling_points(points) == points


def test_designs_of_too_many_points_and_of_no_name_are_refused() -> None:
    varied = read_varied(["a=0:1:30", "b=0:1:30"])
    with pytest.raises(InputError, match="900 points, more than --max-points 500"):
        points_of(varied, seed=1)
    with pytest.raises(InputError, match="no design 'cube'"):
        points_of(varied, design="cube", seed=1)
    with pytest.raises(InputError, match="a grid has every combination"):
        points_of(varied, points=9, seed=1)


def test_figures_are_of_arms_payers_and_tactics(scenario: Scenario) -> None:
    assert read_figure("payer_loss", scenario, "--metric").column == "outcome/payer_loss"
    assert read_figure("payer_loss@private_plan", scenario, "--metric").column == "payer/private_plan/payer_loss"
    assert read_figure("fraud_payoff@code_only", scenario, "--metric").column == "tactic/code_only/fraud_payoff"
    until = read_until("net_benefit[hash_at_capture] >= net_benefit", scenario)
    assert until.arms == ("hash_at_capture", "baseline")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("payer_los = 0", "payer_loss"),
        ("payer_loss@private_pln = 0", "private_plan"),
        ("payer_loss[hash_at_captur] = 0", "hash_at_capture"),
        ("fraud_payoff@private_plan = 0", "figure of a payer"),
        ("fraud_payoff", "needs a figure"),
        ("fraud_payoff = much", "no figure 'much'"),
        ("fraud_payoff = nan", "'nan' is not a number"),
        ("fraud_payoff = ", "needs a figure"),
        ("fraud_payoff = payer_loss", "both sides must be one figure"),
    ],
)
def test_what_is_to_be_reached_is_refused_with_the_nearest_name(scenario: Scenario, text: str, nearest: str) -> None:
    with pytest.raises(InputError, match=r".*") as caught:
        read_until(text, scenario)
    assert nearest in str(caught.value)


def exactly(values: Sequence[float]) -> list[Estimate]:
    return [Estimate(value=one, low=one, high=one, n=9) for one in values]


def test_every_crossing_of_a_certain_curve_is_found_where_it_is() -> None:
    found, _ = crossings(lambda places: exactly([math.cos(2.4 * math.pi * one) for one in places]))
    assert [one.at for one in found] == pytest.approx([0.5 / 2.4, 1.5 / 2.4], abs=0.002)
    assert [one.rises for one in found] == [False, True]


def test_a_curve_that_stays_on_one_side_never_crosses() -> None:
    found, curve = crossings(lambda places: exactly([1 + one for one in places]))
    assert found == []
    assert len(curve.known) == 9


def test_where_nothing_is_defined_nothing_crosses() -> None:
    """Nobody bills falsely beyond a rate: the payoff of fraud is then undefined, and has not crossed."""
    undefined = Estimate(value=None, low=None, high=None, n=0)
    found, _ = crossings(lambda places: [undefined if one > 0.5 else exactly([1.0])[0] for one in places])
    assert found == []


def test_an_interval_beyond_the_range_is_open() -> None:
    def look(places: Sequence[float]) -> list[Estimate]:
        return [Estimate(value=0.5 - one, low=0.5 - one - 0.8, high=0.5 - one + 0.8, n=9) for one in places]

    ((crossing,), curve) = crossings(look)
    assert (crossing.low, crossing.high) == (None, None)
    assert len(curve.known) == 9  # chance is larger than a step, so nothing was halved


def test_the_interval_holds_the_true_crossing_as_often_as_it_says() -> None:
    row = ARM_METRICS["payer_loss"]
    rng = np.random.default_rng(1)
    rounds, true, held = 150, 0.37, 0
    for _ in range(rounds):
        # Replicates in turn share their streams: of these the pairs are the independent units.
        level, slope = (np.repeat(rng.normal(size=10), 2) for _ in range(2))

        def look(places: Sequence[float], level: object = level, slope: object = slope) -> list[Estimate]:
            noise, steep = np.asarray(level), np.asarray(slope)
            curves = [(2 + 0.3 * steep) * (one - true) * (1 + one) + 0.2 * noise for one in places]
            return [estimate(row, ReplicateSample(curve), design="pairs") for curve in curves]

        ((crossing,), _) = crossings(look, narrow=1 / 32)
        held += (crossing.low is None or crossing.low <= true) and (crossing.high is None or true <= crossing.high)
    assert 0.90 <= held / rounds <= 0.99  # 0.95, with the error of so few rounds
