"""The pattern checks: what they vary, and that markets without the cause of a pattern fail it."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.market.conftest import SCENARIO, score_table
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.patterns.bench import FULL, Bench, Scale, YearsOfBilling, scaled, simulate_wanted
from threatsim.experiment.patterns.measures import MEASURES, outlying
from threatsim.experiment.patterns.pattern_checks import check_patterns
from threatsim.experiment.patterns.published_patterns import PATTERNS, Pattern
from threatsim.experiment.record.record import PatternCheck
from threatsim.market.result import ReplicateResult
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.schema import Scenario

Tables = Mapping[str, OutcomeTable]
SMALL = Scale(providers=80, replicates=5, burn_in=39, weeks=39, years=1)
TINY = Scale(providers=40, replicates=1, burn_in=4, weeks=8, years=1)
BEHAVIOUR = [pattern for pattern in PATTERNS if pattern.role == "behaviour"]
ON_FINES = [pattern for pattern in PATTERNS if pattern.key in ("audits_with_fines", "deterrence", "settlements")]


def scenario(*, law: Mapping[str, Any] | None = None, **conduct: Any) -> Scenario:
    """Return a market in which a minority bills falsely, often enough to be measured in a few small replicates."""
    data = copy.deepcopy(SCENARIO)
    for group in data["providers"].values():
        group["weekly_volume"] = 10
    data["tactics"]["pgd_white_box"] |= {"setup_cost": 500, "belief_paid": 0.9}
    data["conduct"] |= {"rule": "best_response", "belief_detected": 0.01, "belief_half_life": 52}
    data["conduct"] |= {"reluctance_median": 300, "reluctance_spread": 1.2, "white_box_share": 0.5} | conduct
    data["law"] |= {"per_claim_penalty": 5000, "damages": 3, "exclusion": 0.05} | dict(law or {})
    return Scenario.model_validate(data)


@pytest.fixture(scope="module")
def tables() -> Tables:
    names = list(SCENARIO["tactics"])
    return {modality: score_table(modality, names) for modality in SCENARIO["modalities"]}


def run_wanted(bench: Bench, tables: Tables, *, replicates: int) -> list[ReplicateResult]:
    return [
        simulate_wanted(market, tables, arm=name, replicate=2 * number, seed=market.seed, sample_rate=0.0)
        for name, market in bench.wanted.items()
        for number in range(replicates)
    ]


def held(market: Scenario, tables: Tables, patterns: list[Pattern]) -> dict[str, PatternCheck]:
    return {check.key: check for check in check_patterns(market, tables, patterns=patterns, scale=SMALL)}


@pytest.mark.parametrize(
    "conduct",
    [{"belief_weight": 1e12}, {"rule": "logit", "precision": 0}],
    ids=["nobody learns", "coin tossers"],
)
def test_a_market_without_learning_or_without_choice_fails_half_of_what_tests_behaviour(
    tables: Tables, conduct: dict[str, Any]
) -> None:
    checks = held(scenario(**conduct), tables, BEHAVIOUR)
    verdicts = Counter(check.verdict for check in checks.values())
    assert verdicts["failed"] >= len(BEHAVIOUR) / 2, verdicts
    assert checks["audits_with_fines"].verdict == "failed"
    assert checks["audits_with_fines"].found.value == pytest.approx(0, abs=0.05)


def test_exclusion_alone_does_not_pass_for_fines(tables: Tables) -> None:
    """Where the accused are thrown out and pay nothing, what audits change is who is there, not what people do."""
    without = {"damages": 1, "per_claim_penalty": 0, "exclusion": 1}
    checks = held(scenario(law=without), tables, ON_FINES)
    assert [key for key, check in checks.items() if check.verdict == "held"] == []
    assert checks["audits_with_fines"].found.value == pytest.approx(0, abs=0.08)


def test_fines_deter_where_people_learn(tables: Tables) -> None:
    """The same market with fines: what the wrong ones lack is not a matter of their size."""
    found = held(scenario(), tables, ON_FINES)["audits_with_fines"].found
    assert found.high is not None
    assert found.high < 0


def test_every_pattern_is_measured_and_has_a_closed_range_and_a_source(tables: Tables) -> None:
    """Whatever a scenario lets payers do, each variant is one that may be run."""
    data = scenario().model_dump(mode="json")
    for payer in data["payers"]:
        payer["audit"]["budget"] = {"value": 3}
        payer["adaptation"] = {"best_reply": {"most": 0.05}, "sign_images": {"after_findings": 9}}
    data["law"]["tips"] = {"fraud": 0.1, "honest": 0.01, "probe": 5}
    data["other_laws"] = {
        "contracts": {"kind": "commercial", "findings_to_accuse": 3, "collected": 1, "termination": 1}
    }
    data["payers"][1]["law"] = "contracts"
    checks = check_patterns(Scenario.model_validate(data), tables, scale=TINY)
    assert [check.key for check in checks] == [pattern.key for pattern in PATTERNS] == list(MEASURES)
    for check in checks:
        assert check.source
        assert check.low is not None
        assert check.high is not None
        assert check.low < check.high
        assert check.ok is {"held": True, "failed": False, "undecided": None}[check.verdict]


def test_without_fraud_what_follows_from_it_is_not_measured(tables: Tables) -> None:
    honest = scenario(reluctance_median=1e6)
    checks = {check.key: check for check in check_patterns(honest, tables, scale=TINY)}
    for key in ("audits_with_fines", "audits_without_fines", "placebo", "displacement", "spillover"):
        assert checks[key].found.value is None
        assert checks[key].verdict == "undecided"
    assert checks["share_lost"].found.value == 0
    assert checks["price_response"].found.value == 0


def test_variants_change_what_they_name_and_share_their_streams(tables: Tables) -> None:
    bench = Bench(scenario(), replace(TINY, replicates=2))
    changed = bench.variant({"payers.*.audit.random": 0.1, "law.damages": 0})
    assert [float(payer.audit.random) for payer in changed.payers] == [0.1, 0.1]
    assert float(changed.law.damages) == 0
    assert changed.conduct == bench.scenario.conduct
    assert bench.run({}) == bench.run({"law.damages": 0}) == []
    bench.take(run_wanted(bench, tables, replicates=2))
    one, two = bench.run({}), bench.run({"law.damages": 0})
    for left, right in zip(one, two, strict=True):
        np.testing.assert_array_equal(left.providers["volume"], right.providers["volume"])
    assert not np.array_equal(one[0].providers["volume"], one[1].providers["volume"])  # of other streams
    assert bench.run({}) is one


def test_checks_are_the_same_in_other_processes_and_go_on_from_what_is_kept(tables: Tables, tmp_path: Path) -> None:
    def checked(executor: LocalExecutor | None) -> tuple[PatternCheck, ...]:
        return check_patterns(
            scenario(), tables, scale=TINY, executor=executor, folder=tmp_path, fingerprint="this market"
        )

    here = check_patterns(scenario(), tables, scale=TINY)
    assert checked(LocalExecutor(2)) == here
    lost, *others = sorted(tmp_path.glob("*.replicate"))
    before = [path.stat().st_mtime_ns for path in others]
    lost.unlink()
    assert checked(None) == here
    assert lost.is_file()
    assert [path.stat().st_mtime_ns for path in others] == before


def test_nothing_is_measured_before_the_burn_in(tables: Tables) -> None:
    market = scenario()
    for weeks, own, expected in ((52, 0, (104, 104)), (52, 156, (156, 104)), (520, 0, (104, 104)), (12, 0, (24, 24))):
        bench = Bench(market.model_copy(update={"weeks": weeks, "burn_in": own}))
        assert (bench.scenario.burn_in, bench.scenario.weeks) == expected


def test_years_add_up_to_the_record(tables: Tables) -> None:
    year = scenario().model_copy(update={"weeks": 52})
    years = Bench(year, replace(TINY, weeks=104, years=2))
    assert years.billing() == years.run({}) == []
    years.take(run_wanted(years, tables, replicates=1))
    billing, whole = years.billing()[0], years.run({})[0].providers
    assert billing.claims.shape == (2, len(whole["claims"]))
    np.testing.assert_array_equal(billing.claims.sum(axis=0), whole["claims"])
    rate = billing.with_finding.sum(axis=0) / np.maximum(billing.claims.sum(axis=0), 1)
    np.testing.assert_allclose(rate, np.nan_to_num(whole["billed_finding_rate"]))


def test_outliers_are_told_within_their_specialty_and_year() -> None:
    """Nine at 10 % and one at 50 % lie 3 SD apart; the same 50 % is ordinary where all bill so."""
    claims = np.full((2, 20), 100)
    with_finding = np.repeat([[10] * 9 + [50] + [50] * 10], 2, axis=0)
    with_finding[1, 9] = 10
    billing = YearsOfBilling(np.repeat([0, 1], 10), claims, with_finding)
    assert np.argwhere(outlying(billing)).tolist() == [[0, 9]]


def test_a_large_market_is_scaled_with_its_capacities() -> None:
    data = copy.deepcopy(SCENARIO)
    data["providers"]["eye"]["count"], data["providers"]["chest"]["count"] = 6000, 4000
    data["payers"][0]["audit"]["budget"] = 50
    large = Scenario.model_validate(data)
    small = scaled(large, FULL.providers)
    assert [group.count for group in small.providers.values()] == [180, 120]
    assert float(small.payers[0].readers.capacity) == pytest.approx(3)
    assert float(small.payers[0].audit.budget or 0) == pytest.approx(1.5)
    assert scaled(scenario(), FULL.providers) == scenario()


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_can_be_made_smaller(name: str) -> None:
    whole = load_scenario(name).scenario
    small = scaled(whole, 60)
    assert sum(group.count for group in small.providers.values()) <= max(
        63, sum(group.count for group in whole.providers.values()) if whole.referral_network.links else 0
    )
