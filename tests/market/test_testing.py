"""The checks of a metric and of a conduct rule: our own pass, and each fault is found."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.catalogue.metrics import METRICS
from threatsim.experiment.doctor.probe_scenario import probe_scenario
from threatsim.market.conduct.best_response import BestResponse
from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.measures.sums import Sums
from threatsim.market.testing import check_conduct_rule, check_metric
from threatsim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return probe_scenario("best_response")


@pytest.mark.parametrize("name", [name for name, row in METRICS.items() if not row.avoids])
def test_our_own_metrics_pass(name: str, scenario: Scenario) -> None:
    check_metric(name, scenario)


CALLS = itertools.count()


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda sums, tactic: 1.5, "is a share, and 1.5 is not between 0 and 1"),
        (lambda sums, tactic: math.inf, "the metric is infinite"),
        (lambda sums, tactic: 1 / (2 + next(CALLS)), "at a second call, the metric gives another number"),
        (lambda sums, tactic: sums.nothing, "the metric of an arm fails: AttributeError"),
        (lambda sums, tactic: 0.1 / sums.false.sum(), "the metric of an arm fails: RuntimeWarning"),
        (lambda sums, tactic: None if tactic is None else 0.5, "the metric of an arm fails: TypeError"),
    ],
)
def test_a_faulty_metric_is_found_out(
    measure: Callable[[Sums, int | None], Any], message: str, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(METRICS["detection_rate"]), "resolve", lambda self: measure)
    with pytest.raises(AssertionError, match=message):
        check_metric("detection_rate", scenario)


def test_a_market_without_false_claims_shows_nothing_of_a_metric(scenario: Scenario) -> None:
    data = scenario.model_dump(mode="json")
    data["conduct"]["reluctance_median"] = 1e9
    with pytest.raises(AssertionError, match="nobody bills falsely in this scenario"):
        check_metric("detection_rate", Scenario.model_validate(data))


@pytest.mark.parametrize("name", list(CONDUCT_RULES))
def test_our_own_conduct_rules_pass(name: str, scenario: Scenario) -> None:
    check_conduct_rule(name, scenario.conduct)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("shape", "the choice has shape"),
        ("float", "the choice is no column number"),
        ("beyond", "a choice is not one of the 9 columns"),
        ("forbidden", "a provider chooses what it cannot"),
        ("random", "the same options and stream give another choice"),
        ("company", "a provider goes by others' options"),
        ("draws", "how many random numbers are drawn depends on what the options are worth"),
    ],
)
def test_a_faulty_conduct_rule_is_found_out(
    fault: str, message: str, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(BestResponse):
        def choose(self, rows: np.ndarray, utility: Utility, generator: np.random.Generator) -> Chosen:
            expected_gain, best = super().choose(rows, utility, generator)
            allowed = np.isfinite(expected_gain)
            option: Any = {
                "shape": best[1:],
                "float": best + 0.5,
                "beyond": best + 9,
                "forbidden": allowed.argmin(axis=1),
                "random": np.where(np.random.default_rng().random(best.size) < 0.5, best, 0),
                "company": np.where(expected_gain.max(axis=1) > expected_gain[-1].max(), best, 0),
                "draws": best,
            }[fault]
            if fault == "draws":
                generator.random(np.count_nonzero(best))
            return Chosen(expected_gain, option)

    monkeypatch.setattr(type(CONDUCT_RULES["logit"]), "resolve", lambda self: Faulty)
    with pytest.raises(AssertionError, match=message):
        check_conduct_rule("logit", scenario.conduct)
