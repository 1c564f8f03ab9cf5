"""What a control may cost at most, and what the next dollar of it saves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from threatsim.experiment.figures.ceilings import ceilings
from threatsim.experiment.figures.steps import steps
from threatsim.experiment.record.record import ArmOutcome, Ceiling, RunRecord
from threatsim.market.exact_tables import exact_tables
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.report.words.answer_parts.ceiling import marginal, may_cost
from threatsim.scenario.reading.reader import load_scenario
from threatsim.statistics.estimate import Estimate

REPLICATES = 8


def result(replicate: int, **outcomes: float) -> ReplicateResult:
    named = {name.replace("__", "."): value for name, value in outcomes.items()}
    return ReplicateResult("arm", replicate, named, {}, {}, {}, {}, {})


def rows(price: float, images: float, gain: float) -> list[ReplicateResult]:
    """An arm that avoids `gain`, more or less, checks so many images and pays so much for each."""
    found = []
    for replicate in range(REPLICATES):
        spent, wobble = price * images, 10 * (replicate % 3)
        found.append(
            result(
                replicate,
                net_benefit=gain + wobble - spent,
                control_cost=50 + spent,
                bought__image=images,
                bought__device=0.0,
                bought__checking=spent,
            )
        )
    return found


@pytest.mark.parametrize("price", [0.0, 3.0, 1000.0])
def test_it_is_the_gain_by_what_is_bought_whatever_that_costs(price: float) -> None:
    in_all, image = ceilings(rows(0, 0, 0), rows(price, 200, 4000))
    assert (in_all.per, image.per) == ("year", "image")
    assert in_all.price.value == pytest.approx(4000)
    assert image.price.value == pytest.approx(4000 / 200)
    assert (image.units, image.now, in_all.now) == pytest.approx((200, price, 200 * price))


def test_at_that_price_the_net_benefit_is_nothing() -> None:
    image = ceilings(rows(0, 0, 0), rows(7, 200, 4000))[1]
    assert image.price.value is not None
    again = rows(image.price.value, 200, 4000)
    base = rows(0, 0, 0)
    worth = [
        one.outcomes["net_benefit"] - other.outcomes["net_benefit"] for one, other in zip(again, base, strict=True)
    ]
    assert np.mean(worth) == pytest.approx(0, abs=1e-9)


def test_where_no_more_images_are_checked_it_is_of_all_control_in_a_year() -> None:
    base = [result(one, net_benefit=-100.0 - one, control_cost=10.0) for one in range(REPLICATES)]
    arm = [result(one, net_benefit=-60.0 - one, control_cost=25.0) for one in range(REPLICATES)]
    (in_all,) = ceilings(base, arm)
    assert (in_all.price.value, in_all.now) == pytest.approx((55, 15))


def test_results_without_net_benefit_have_none() -> None:
    assert ceilings([result(0, payer_loss=1.0)], [result(0, payer_loss=1.0)]) == ()


def test_the_market_buys_what_its_prices_are_paid_for_and_the_ceiling_does_not_know_them() -> None:
    """Signing with and without a price, on the same streams."""

    def run(**settings: Any) -> list[ReplicateResult]:
        overrides = {"weeks": 8, "burn_in": 2, **{path.replace("__", ".*."): value for path, value in settings.items()}}
        scenario = load_scenario("insurance_upcoding", overrides=overrides).scenario
        tables = exact_tables(scenario)
        return [simulate(scenario, tables, arm="arm", replicate=one, seed=3, sample_rate=0) for one in range(8)]

    base = run()
    signed: dict[str, Any] = {"payers__integrity.hash_at_capture": True}
    free = run(**signed, **{"payers__integrity.price.per_claim": 0, "payers__integrity.price.per_device": 0})
    dear = run(**signed, **{"payers__integrity.price.per_claim": 2, "payers__integrity.price.per_device": 0})
    for one in dear:
        assert one.outcomes["bought.checking"] == pytest.approx(2 * one.outcomes["bought.image"])
        assert one.outcomes["bought.device"] == pytest.approx(300)
    assert base[0].outcomes["bought.image"] == 0
    for cheap, priced in zip(ceilings(base, free), ceilings(base, dear), strict=True):
        assert (cheap.per, cheap.units) == (priced.per, priced.units)
        assert cheap.price.value == pytest.approx(priced.price.value)
        assert (cheap.price.low, cheap.price.high) == pytest.approx((priced.price.low, priced.price.high))
    assert [one.now for one in ceilings(base, dear)][1] == pytest.approx(2)


def arm(name: str, loss: float, control: float, **changes: Any) -> ArmOutcome:
    path = {"payers.*.audit.random": changes["random"]} if "random" in changes else {}
    wobble = np.arange(REPLICATES, dtype=float) % 3
    replicates = {
        "payer_loss": list(loss + wobble),
        "control_cost": [control] * REPLICATES,
        "net_benefit": list(-loss - control - wobble),
    }
    return ArmOutcome(
        name=name,
        title=name,
        changes=path,
        outcomes={},
        differences={},
        replicates=replicates,
        tactics=(),
        accounts={},
        weekly={},
    )


def scenario() -> dict[str, Any]:
    audits = {"random": {"value": 0.05, "unit": "share"}}
    return {"payers": [{"name": "a", "audit": audits}, {"name": "b", "audit": audits}]}


def test_steps_go_from_each_number_to_the_next_and_begin_with_the_baseline() -> None:
    told = steps(
        scenario(),
        [
            arm("baseline", 1000, 100),
            arm("more", 830, 210, random={"times": 4}),
            arm("some", 914, 172, random=0.1),
            arm("fewer", 1100, 90, random={"plus": -0.01}),
        ],
    )
    assert [(one.lower, one.higher) for one in told] == [("fewer", "baseline"), ("baseline", "some"), ("some", "more")]
    assert [one.numbers for one in told] == [pytest.approx(pair) for pair in ((0.04, 0.05), (0.05, 0.1), (0.1, 0.2))]
    assert [(one.saved.value, one.spent.value) for one in told] == [(100, 10), (86, 72), (84, 38)]
    assert [one.benefit.value for one in told] == [90, 14, 46]
    assert told[0].unit == "share"


def test_one_arm_of_a_number_or_arms_of_several_have_no_steps() -> None:
    base = arm("baseline", 1000, 100)
    assert steps(scenario(), [base, arm("some", 914, 172, random=0.1)]) == ()
    two = arm("two", 1, 1, random=0.1)
    both = two.model_copy(update={"changes": {**two.changes, "law.damages": 3}})
    assert steps(scenario(), [base, two, both]) == ()
    unlike = scenario()
    unlike["payers"][0] = {"name": "a", "audit": {"random": 0.2}}
    assert steps(unlike, [base, two, arm("more", 1, 1, random=0.2)]) == ()


def words(*priced: tuple[str, float, float, float]) -> Iterator[ArmOutcome]:
    for name, value, low, high in priced:
        ceiling = Ceiling(per="year", price=Estimate(value=value, low=low, high=high, n=8), units=1.0, now=3.0)
        yield arm(name, 1, 1).model_copy(update={"ceilings": (ceiling,)})


def test_the_sentence_tells_prices_doubt_and_what_is_not_worth_having_free() -> None:
    text = may_cost(list(words(("Good", 50, 20, 80), ("Unsure", 5, -20, 30), ("Bad", -50, -80, -20))))
    assert "“Good” USD 50.0 (20.0 to 80.0) a year in all, where the scenario has 3" in text
    assert "no price above 0 can be told for “Unsure”" in text
    assert "“Bad” would not pay if it were free" in text
    assert may_cost([arm("baseline", 1, 1)]) == ""


def test_the_marginal_dollar_is_told(make_record: Any) -> None:
    record: RunRecord = make_record()
    told = steps(
        scenario(),
        [arm("baseline", 1000, 100), arm("some", 914, 172, random=0.1), arm("more", 830, 210, random=0.2)],
    )
    text = marginal(record.model_copy(update={"steps": told}))
    assert text.startswith("More of payers.*.audit.random: from 5.00% to 10.0% it saves USD 86")
    assert "for +72.0 USD of control" in text
    assert marginal(record) == ""
