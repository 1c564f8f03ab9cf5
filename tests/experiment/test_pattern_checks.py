"""The pattern checks: what they vary, and that a market without the cause of a pattern fails it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.market.conftest import SCENARIO, score_table
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.pattern_checks import PROVIDERS, Bench, check_patterns, scaled
from threatsim.experiment.patterns.published_patterns import PATTERNS
from threatsim.experiment.record.record import PatternCheck
from threatsim.market.simulation import simulate
from threatsim.report.words.pattern_words import (
    expected_in_words,
    found_in_words,
    lines,
    pattern_rows,
    summary,
    verdict,
)
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario
from threatsim.statistics.estimate import Estimate


def scenario(**conduct: Any) -> Scenario:
    data = copy.deepcopy(SCENARIO)
    data["weeks"] = 40
    data["conduct"] |= {"rule": "best_response", "belief_detected": 0.005} | conduct
    data["law"] |= {"per_claim_penalty": 20_000, "damages": 3}
    return Scenario.model_validate(data)


@pytest.fixture(scope="module")
def tables() -> Mapping[str, OutcomeTable]:
    names = list(SCENARIO["tactics"])
    return {modality: score_table(modality, names) for modality in SCENARIO["modalities"]}


@pytest.fixture(scope="module")
def checks() -> dict[str, PatternCheck]:
    """The flagship, on made-up scores."""
    flagship = load_scenario("insurance_upcoding").scenario
    scores = {modality: score_table(modality, list(flagship.tactics)) for modality in flagship.modalities}
    return {check.key: check for check in check_patterns(flagship, scores, simulate)}


def test_every_pattern_is_checked_with_an_interval_and_a_source(checks: dict[str, PatternCheck]) -> None:
    assert list(checks) == [pattern.key for pattern in PATTERNS]
    for check in checks.values():
        found = check.found
        assert check.source
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
        inside = (check.low is None or found.value >= check.low) and (check.high is None or found.value <= check.high)
        assert check.ok == inside


def test_the_flagship_shows_the_patterns(checks: dict[str, PatternCheck]) -> None:
    """Those that do not lie near an end of their range, where scores that are made up might tip them over."""
    firm = ["audits_without_fines", "audits_with_fines", "displacement", "silent_detection"]
    assert [key for key in firm if not checks[key].ok] == []
    assert checks["silent_fraud"].found.value > 0  # type: ignore[operator]


@pytest.mark.xfail(strict=True, reason="audits deter less than is published since a law samples before it accuses")
def test_deterrence_is_a_multiple_of_what_is_recovered(checks: dict[str, PatternCheck]) -> None:
    assert checks["deterrence"].found.value > 1.5  # type: ignore[operator]


def test_a_market_in_which_nobody_hears_anything_shows_no_deterrence_by_news(
    tables: Mapping[str, OutcomeTable],
) -> None:
    """Providers so sure of their beliefs that neither findings nor news move them."""
    stubborn = scenario(belief_weight=1e12, white_box_share=1, black_box_share=0)
    found = {check.key: check for check in check_patterns(stubborn, tables, simulate)}
    assert found["spillover"].ok is False
    assert found["spillover"].found.value == pytest.approx(0, abs=0.01)


def test_without_fraud_nothing_is_measured(tables: Mapping[str, OutcomeTable]) -> None:
    honest = scenario(reluctance_median=1e6)
    found = {check.key: check for check in check_patterns(honest, tables, simulate)}
    assert found["audits_with_fines"].ok is None
    assert "no fraud" in found_in_words(found["audits_with_fines"])
    assert "could not be measured" in summary(list(found.values()))


def test_variants_change_what_they_name_and_share_their_streams(tables: Mapping[str, OutcomeTable]) -> None:
    bench = Bench(scenario(), tables, simulate)
    changed = bench.variant({"payers.*.audit.random": 0.1, "law.damages": 0})
    assert [float(payer.audit.random) for payer in changed.payers] == [0.1, 0.1]
    assert float(changed.law.damages) == 0
    assert changed.conduct == bench.scenario.conduct
    one, two = bench.run({}), bench.run({"law.damages": 0})
    for left, right in zip(one, two, strict=True):
        np.testing.assert_array_equal(left.providers["volume"], right.providers["volume"])
    assert bench.run({}) is one


def test_attacks_on_a_share_of_cases_work_on_that_share(tables: Mapping[str, OutcomeTable]) -> None:
    bench = Bench(scenario(), tables, simulate)
    quarter = bench._with_success(0.25)["fundoscopy"]
    full = tables["fundoscopy"]
    altered = full.attacked["pgd_white_box"] != full.clean
    works = quarter.attacked["pgd_white_box"] != full.clean
    for label in (0, 1):
        of_label = altered & (full.labels == label)
        assert works[of_label].mean() == pytest.approx(0.25, abs=0.01)


def test_a_large_market_is_scaled_with_its_capacities() -> None:
    data = copy.deepcopy(SCENARIO)
    data["providers"]["eye"]["count"], data["providers"]["chest"]["count"] = 6000, 4000
    data["payers"][0]["audit"]["budget"] = 50
    large = Scenario.model_validate(data)
    small = scaled(large, PROVIDERS)
    assert [group.count for group in small.providers.values()] == [180, 120]
    assert float(small.payers[0].readers.capacity) == pytest.approx(3)
    assert float(small.payers[0].audit.budget or 0) == pytest.approx(1.5)
    assert scaled(scenario(), PROVIDERS) == scenario()


def test_words_and_rows(checks: dict[str, PatternCheck]) -> None:
    listed = list(checks.values())
    assert expected_in_words(checks["audits_with_fines"]) == "at most \N{MINUS SIGN}20.0%"
    assert expected_in_words(checks["deterrence"]) == "from 3.00 to 30.0 times"
    assert expected_in_words(checks["silent_fraud"]) == "at least 5.00%"
    hold = sum(check.ok is True for check in listed)
    unsure = hold - sum(verdict(check) == "holds" for check in listed)
    assert 0 < unsure < hold
    assert (
        summary(listed) == f"{hold} of 7 published patterns hold in this market, {unsure} of them by their means only."
    )
    certain = [check for check in listed if verdict(check) == "holds"]
    assert summary(certain) == f"{len(certain)} of {len(certain)} published patterns hold in this market."
    assert all("expected" in line for line in lines(listed))
    found = Estimate(value=-0.5, low=-0.6, high=-0.4, n=8)
    sure = checks["audits_with_fines"].model_copy(update={"ok": True, "found": found})
    assert verdict(sure) == "holds"
    wide = sure.found.model_copy(update={"high": 0.1})
    assert verdict(sure.model_copy(update={"found": wide})) == "holds by its mean, not its whole interval"
    assert verdict(sure.model_copy(update={"ok": False})) == "does not hold"
    row = pattern_rows(listed)[0]
    assert {"check", "expected", "found", "ok"} <= row.keys()


def test_payers_that_move_their_audits_are_held_still(tables: Mapping[str, OutcomeTable]) -> None:
    """Whatever a scenario lets payers do, each variant is one that may be run."""
    data = scenario().model_dump(mode="json")
    for payer in data["payers"]:
        payer["audit"]["budget"] = {"value": 3}
        payer["adaptation"] = {"best_reply": {"most": 0.05}, "sign_images": {"after_findings": 9}}
    data["law"]["tips"] = {"fraud": 0.1, "honest": 0.01, "probe": 5}
    data["weeks"] = 12
    checks = check_patterns(Scenario.model_validate(data), tables, simulate)
    assert len(checks) == len(PATTERNS)
