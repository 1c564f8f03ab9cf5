"""The check of a metric: our own pass, and each fault is found."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest

from threatsim.catalogue.metrics import METRICS
from threatsim.experiment.doctor.probe_scenario import probe_scenario
from threatsim.market.measures.sums import Sums
from threatsim.market.testing import check_metric
from threatsim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return probe_scenario("best_response")


@pytest.mark.parametrize("name", list(METRICS))
def test_our_own_metrics_pass(name: str, scenario: Scenario) -> None:
    check_metric(name, scenario)


CALLS = itertools.count()


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda sums, tactic: 1.5, "is a share, and 1.5 is not between 0 and 1"),
        (lambda sums, tactic: math.inf, "the metric is infinite"),
        (lambda sums, tactic: 1 / (2 + next(CALLS)), "asked again, the metric gives another number"),
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
