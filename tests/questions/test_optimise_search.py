"""The search for the best choice on functions whose best is known, its winner's luck, and the game of two sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.questions.markets import Asked, Figures
from threatsim.questions.optimise.best import best_choice
from threatsim.questions.optimise.goals import WantedSum, read_constraint, read_sum
from threatsim.questions.optimise.in_turn import in_turn
from threatsim.questions.optimise.levers import fitting, read_levers
from threatsim.questions.optimise.trials import Goals
from threatsim.scenario.reading.reader import load_scenario

pytest.importorskip("optuna")

AUDIT, LAG, STAKE = "payers.*.audit.random", "payers.*.audit.lag", "conduct.precision"


class Cheap:
    """Markets that are a function of the values and of chance, which all points share."""

    def __init__(self, of: Callable[..., Mapping[str, float]], noise: float = 0.0) -> None:
        self.of, self.noise, self.run = of, noise, 0

    @property
    def arms(self) -> tuple[str, ...]:
        return ("baseline",)

    def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
        found = []
        for values, replicates in asked:
            self.run += len(replicates)
            chance = np.array([self._chance(number, values) for number in replicates])
            found.append({"baseline": {name: one + chance for name, one in self.of(values).items()}})
        return found

    def _chance(self, number: int, values: Mapping[str, Any]) -> float:
        key = [number, *(int(float(one) * 1e6) for one in values.values())]
        return float(self.noise * np.random.default_rng(key).standard_normal())


def bowl(values: Mapping[str, Any]) -> dict[str, float]:
    audit, lag = values.get(AUDIT, 0.9), values.get(LAG, 10.0)
    return {
        "payer_loss": (audit - 0.3) ** 2 * 100 + (lag / 100 - 0.7) ** 2 * 100,
        "control_cost": 100 * audit,
        "honest_denied": audit,
    }


def goals(*wanted: str, subject_to: Sequence[str] = ()) -> Goals:
    return Goals(
        "baseline",
        tuple(WantedSum(read_sum(one, "--minimise"), "minimise") for one in wanted),
        tuple(read_constraint(one) for one in subject_to),
    )


def best(markets: Cheap, wanted: Goals, *, trials: int = 96, journal: Path | None = None, seed: int = 1) -> Any:
    levers = read_levers([f"{AUDIT}=0:1", f"{LAG}=1:100"])
    return best_choice(
        markets,
        levers,
        wanted,
        trials=trials,
        replicates=2,
        fresh_replicates=60,
        seed=seed,
        name="a",
        journal=journal,
    )


def test_the_least_of_a_bowl() -> None:
    found = best(Cheap(bowl), goals("payer_loss")).front[0]
    assert found.values[AUDIT] == pytest.approx(0.3, abs=0.004)
    assert found.values[LAG] == pytest.approx(70, abs=0.4)
    assert found.gains[0].value == pytest.approx(36 + 36, rel=0.01)


def test_a_constraint_is_met_at_its_edge() -> None:
    found = best(Cheap(bowl), goals("payer_loss", subject_to=["honest_denied <= 0.2"])).front[0]
    assert 0.195 < found.values[AUDIT] <= 0.2
    assert found.values[LAG] == pytest.approx(70, abs=1)


def test_what_cannot_be_met_is_told_with_the_nearest() -> None:
    with pytest.raises(ThreatsimError, match=r"nothing tried satisfies honest_denied <= -1, in .*nearest was"):
        best(Cheap(bowl), goals("payer_loss", subject_to=["honest_denied <= -1"]), trials=16)


def test_two_objectives_have_a_front_between_their_best() -> None:
    found = best(Cheap(bowl), goals("payer_loss", "control_cost"), trials=64)
    losses, costs = np.array([[one.value for one in point.objectives] for point in found.front]).T
    assert len(losses) >= 5
    assert (np.diff(losses) > 0).all()
    assert (np.diff(costs) < 0).all()
    # With the lag at its best, the front is loss = 100 (0.3 - cost / 100)^2.
    assert (losses - 100 * (0.3 - costs / 100) ** 2).min() < 1.5


def test_the_winner_is_luckier_in_the_search_than_afresh() -> None:
    flat = Cheap(lambda values: {"payer_loss": 0.0}, noise=1.0)
    found = best(flat, goals("payer_loss"), trials=64).front[0]
    assert found.in_search[0] < -1
    assert found.objectives[0].low is not None
    assert found.objectives[0].low > found.in_search[0]


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    class Stops(Cheap):
        def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
            if self.run > 40:
                raise StoppedError
            return super().figures(asked, metrics, title)

    whole = best(Cheap(bowl), goals("payer_loss"), trials=64)
    with pytest.raises(StoppedError):
        best(Stops(bowl), goals("payer_loss"), trials=64, journal=tmp_path / "journal")
    assert best(Cheap(bowl), goals("payer_loss"), trials=64, journal=tmp_path / "journal") == whole


@pytest.mark.parametrize(
    ("payers", "attackers", "outcome"),
    [
        # Each has its own best, whatever the other does.
        (lambda p, a: (p - 0.2) ** 2, lambda p, a: -((a - 0.6) ** 2), "converged"),
        # Matching pennies: the payer wants to be where the attacker is, the attacker elsewhere.
        (lambda p, a: abs(p - a), lambda p, a: abs(p - a), "cycling"),
    ],
)
def test_two_sides_come_to_rest_or_go_round(payers: Any, attackers: Any, outcome: str) -> None:
    def game(values: Mapping[str, Any]) -> dict[str, float]:
        p, a = values.get(AUDIT, 0.0), values.get(STAKE, 1.0)
        return {"payer_loss": payers(p, a), "fraud_payoff": attackers(p, a)}

    found = in_turn(
        Cheap(game),
        {
            "payer": read_levers([f"{AUDIT}=0,1" if outcome == "cycling" else f"{AUDIT}=0:1"]),
            "attacker": read_levers([f"{STAKE}=0,1" if outcome == "cycling" else f"{STAKE}=0:1"]),
        },
        {
            "payer": goals("payer_loss"),
            "attacker": Goals("baseline", (WantedSum(read_sum("fraud_payoff", "--maximise"), "maximise"),)),
        },
        trials=40,
        replicates=2,
        fresh_replicates=4,
        seed=3,
        name="game",
    )
    assert found.outcome == outcome
    if outcome == "converged":
        assert found.replies[0].values[AUDIT] == pytest.approx(0.2, abs=0.01)
        assert found.replies[1].values[STAKE] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("payers.*.audit.random", "a path, '=' and a range"),
        ("payers.*.audit.random=0.5:0.1", "the first must be below the second"),
        ("payers.*.audit.random=0:0.1:log", "a log range begins above 0"),
        ("payers.*.audit.random=a:0.1", "'a' is not a number"),
        ("payers.*.audit.random=0.1", "one value alone"),
        ("payers.*.audit.random=0:1:5", "LOW:HIGH or LOW:HIGH:log, not 0:1:5"),
        ("seed=1:2", "neither a payer's choice nor an attacker's"),
    ],
)
def test_a_lever_that_is_none(written: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_levers([written])


def test_a_range_of_a_whole_number_has_whole_values() -> None:
    (lever,) = fitting(load_scenario("insurance_upcoding"), read_levers(["payers.*.audit.window=2:10"]))
    assert all(isinstance(lever.at(step), int) for step in (0, 1, 500, lever.most))


def test_a_figure_that_is_none_names_the_one_that_is_meant() -> None:
    with pytest.raises(InputError, match="'True claims denied' is called honest_denied"):
        read_constraint("true_claims_denied <= 0.12")
    with pytest.raises(InputError, match="Did you mean 'payer_loss'"):
        read_sum("payer_los + control_cost", "--minimise")
    with pytest.raises(InputError, match="not a sum of figures"):
        read_sum("payer_loss control_cost", "--minimise")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1.2.3 * payer_loss", "not a sum of figures"),
        ("1e999 * payer_loss", "1e999 is too large"),
        ("payer_loss@", "not a sum of figures"),
    ],
)
def test_a_sum_that_is_none(written: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_sum(written, "--minimise")
    assert read_sum("1.5e3 * payer_loss - .5 * claims", "--minimise").terms == (
        (1500.0, "payer_loss"),
        (-0.5, "claims"),
    )


@pytest.mark.parametrize(
    "written", ["claims == 3", "claims = 3", "claims <= nan", "claims <= -inf", "1 <= claims <= 3", ""]
)
def test_a_constraint_that_is_none(written: str) -> None:
    with pytest.raises(InputError, match="it needs a figure, <= or >=, and a finite number"):
        read_constraint(written)
