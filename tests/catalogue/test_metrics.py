"""The rows of metrics: each is computed by a measure that is there, and what reads the rows finds what it needs."""

from __future__ import annotations

import inspect

import pytest

from threatsim.catalogue.metrics import ARM_METRICS, METRICS, PAYER_METRICS, TACTIC_METRICS, MetricRow, shown_in
from threatsim.catalogue.row import Package
from threatsim.common.errors import PluginError


@pytest.mark.parametrize("name", [name for name, row in METRICS.items() if not row.avoids])
def test_every_metric_is_computed_from_the_sums_of_a_run(name: str) -> None:
    measure = METRICS[name].resolve()
    assert list(inspect.signature(measure).parameters) == ["sums", "tactic"]
    assert measure.__name__ == name


@pytest.mark.parametrize("row", METRICS.values(), ids=METRICS)
def test_unit_and_kind_agree(row: MetricRow) -> None:
    assert (row.kind in {"share", "change"}) == (row.unit == "share")
    assert (row.kind in {"money", "cost"}) == row.unit.startswith("USD")
    assert (row.kind == "duration") == (row.unit == "weeks")


def test_each_metric_is_of_arms_and_some_of_tactics_or_payers() -> None:
    assert set(ARM_METRICS) == set(METRICS)
    assert "payer_loss" in TACTIC_METRICS
    assert {"payer_loss", "net_benefit", "control_cost"} <= set(PAYER_METRICS)
    assert "fraud_payoff" not in PAYER_METRICS  # a provider bills to many payers
    assert "control_cost" not in TACTIC_METRICS
    with pytest.raises(KeyError):
        TACTIC_METRICS["control_cost"]


@pytest.mark.parametrize(
    "place", ["summary", "suppression", "page", "differences", "balance", "answer", "variance", "ranking"]
)
def test_ranks_of_a_place_order_metrics_of_arms(place: str) -> None:
    names = shown_in(place)  # type: ignore[arg-type]
    assert names
    assert set(names) <= set(ARM_METRICS)
    ranks = [row.places[place] for row in METRICS.values() if place in row.places]  # type: ignore[index]
    assert len(set(ranks)) == len(ranks)


def test_what_an_arm_avoids_is_of_another_figure_and_runs_nothing() -> None:
    avoiding = [row for row in METRICS.values() if row.avoids]
    assert avoiding
    for row in avoiding:
        assert row.avoids in ARM_METRICS
        assert not row.implementation
        assert not row.per - {"arm"}


def test_a_record_shows_a_figure_until_it_has_its_successor() -> None:
    assert "detection_rate" not in shown_in("summary")
    assert "detection_rate" in shown_in("summary", {"payer_loss", "detection_rate"})
    assert shown_in("summary", ["stopped_rate", "detection_rate"]) == ("stopped_rate",)
    for row in METRICS.values():
        assert not row.succeeded_by or row.succeeded_by in METRICS


def test_a_plug_in_s_metric_without_a_unit_is_refused() -> None:
    fields = {"name": "regret", "title": "Regret", "text": "It is.", "good": "lower", "kind": "rate"}
    with pytest.raises(PluginError, match="package 'sorry': its metric is refused: unit: field required"):
        METRICS.add_from(Package(name="sorry", version="1"), lambda: MetricRow.model_validate(fields))
