"""Who bears what, what false billing brings, and what is stopped or found: against the columns that a run leaves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatsim.catalogue.metrics import PAYER_METRICS
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conventions import HONEST
from threatsim.market.measures.payoff import weighted_median
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.market.providers.utility import honest_income

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
YEARS = 26 / 52


@pytest.fixture(scope="module")
def market(build: Build, tables: Tables) -> Market:
    """A market in which some are accused and barred, and patients bear a fifth of one payer's claims."""
    changes = {
        "payers.0.share_of_allowed": 0.8,
        "law.findings_to_accuse": 2,
        "law.exclusion": 0.5,
        "law.resolution_lag": 2,
        "payers.*.audit.lag": 2,
        "payers.*.audit.random": 0.05,
    }
    built = Market(build(changes), tables, sample_rate=1.0)
    built.run()
    return built


def test_figures_of_payers_add_up_to_those_of_the_arm(market: Market) -> None:
    result = replicate_result(market)
    assert list(result.payers) == ["public", "private"]
    for name in PAYER_METRICS:
        parts = [figures[name] for figures in result.payers.values()]
        if name != "net_benefit_per_million":
            assert sum(parts) == pytest.approx(result.outcomes[name])
        else:
            assert min(parts) < result.outcomes[name] < max(parts)
    for figures in (*result.payers.values(), result.outcomes):
        parts = [figures[name] for name in ("payer_loss", "control_cost", "denied_value")]
        assert figures["net_benefit"] == pytest.approx(-sum(parts))
    assert result.payers["private"]["beneficiary_loss"] == 0
    assert 0 < result.payers["public"]["beneficiary_loss"] < result.payers["public"]["payer_loss"]


def test_a_million_is_of_what_claims_come_to_by_their_truth(market: Market) -> None:
    result, sample = replicate_result(market), market.sample.columns()
    table = market.table
    honest = (
        table.fee_negative[sample["provider"]]
        + sample["billed"] * sample["truth"] * table.difference[sample["provider"]]
    ) / 100
    whole = honest.sum() / YEARS / 1e6
    assert result.outcomes["net_benefit_per_million"] == pytest.approx(result.outcomes["net_benefit"] / whole)


def test_stopped_and_found_tell_attempts_and_paid_claims_apart(market: Market) -> None:
    outcomes, sample = replicate_result(market).outcomes, market.sample.columns()
    false = sample["tactic"] != ""
    paid = sample["paid_usd"] > market.table.fee_negative[sample["provider"]] / 100
    assert outcomes["stopped_rate"] == pytest.approx(1 - paid[false].mean())
    mature = false & paid & (sample["week"] + 2 < 26)
    assert outcomes["found_rate"] == pytest.approx(sample["found"][mature].mean())
    assert 0 < outcomes["found_rate"] < 0.2


def test_payoffs_are_those_of_the_providers_who_bill_falsely(market: Market) -> None:
    result = replicate_result(market)
    cheats = ~result.providers["honest"]
    a_year = result.providers["net_fraud_usd"][cheats] / YEARS
    outcomes = result.outcomes
    assert outcomes["fraud_payoff_losing"] == pytest.approx((a_year < 0).mean())
    assert np.sort(a_year)[(a_year.size - 1) // 2] == pytest.approx(outcomes["fraud_payoff_median"])
    lost = market.run_counts.lost_income
    assert lost[HONEST].sum() >= 0
    assert lost[:-1].sum() > 0
    less = outcomes["fraud_payoff"] - outcomes["payoff_less_income"]
    assert less == pytest.approx(lost[:-1].sum() / 100 / (YEARS * cheats.sum()))
    assert outcomes["payoff_less_income_losing"] >= outcomes["fraud_payoff_losing"]
    assert outcomes["payoff_less_income_median"] <= outcomes["fraud_payoff_median"]


def test_whoever_is_barred_loses_the_honest_income_of_the_weeks_that_are_weighed(market: Market) -> None:
    lost = market.run_counts.lost_income.sum(axis=0)
    income = honest_income(market.table) * market.spec.conduct.horizon
    barred = np.flatnonzero(lost)
    assert barred.size > 2
    times = np.rint(lost[barred] / (100 * income[barred]))  # a practice may be barred again under a new owner
    np.testing.assert_allclose(lost[barred], 100 * times * income[barred], atol=times.max())


def test_innocents_among_the_accused(market: Market) -> None:
    weekly, outcomes = market.run_counts.weekly, replicate_result(market).outcomes
    assert outcomes["innocent_share"] == weekly["accused_honest"].sum() / weekly["accused"].sum()
    assert 0 < outcomes["innocent_share"] < 1


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 5)), min_size=1))
def test_weighted_median_is_that_of_values_written_as_often_as_they_weigh(pairs: list[tuple[int, int]]) -> None:
    values, weights = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    written_out = np.sort(np.repeat(values, weights.astype(int)))
    assert weighted_median(values, weights) == written_out[(written_out.size - 1) // 2]
    assert math.isnan(weighted_median(values, 0 * weights))
