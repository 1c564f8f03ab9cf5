"""The whole market: invariants that hold whatever the numbers."""

from __future__ import annotations

import gc
import math
import multiprocessing
import subprocess
import sys
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from threatsim.catalogue.figures.price_units import CHECKING, PRICE_UNITS, bought_name
from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conventions import HONEST
from threatsim.market.model import Market
from threatsim.market.providers.table import ProviderAgent
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.market.week import case_numbers
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
WORTH = {"eye": 375.75, "chest": 767.0}


def run(scenario: Scenario, tables: Tables, replicate: int = 0, seed: int = 1, rate: float = 0.0) -> ReplicateResult:
    return simulate(scenario, tables, arm="baseline", replicate=replicate, seed=seed, sample_rate=rate)


def assert_same(one: ReplicateResult, two: ReplicateResult) -> None:
    np.testing.assert_equal(dict(one.outcomes), dict(two.outcomes))
    np.testing.assert_equal(one.tactics, two.tactics)
    assert one.accounts == two.accounts
    for group in ("weekly", "providers", "sample"):
        left, right = getattr(one, group), getattr(two, group)
        assert left.keys() == right.keys()
        for name in left:
            np.testing.assert_array_equal(left[name], right[name], err_msg=f"{group} {name}")


def attacked(tables: Tables, score: float | None) -> Tables:
    """Every attack gives this score, or the untouched one."""
    return {
        name: replace(
            table,
            attacked={
                tactic: table.clean if score is None else np.full_like(table.clean, score) for tactic in table.attacked
            },
        )
        for name, table in tables.items()
    }


def test_the_same_seed_gives_the_same_result_whatever_the_arm_is_called(build: Build, tables: Tables) -> None:
    one = run(build(), tables, rate=0.1)
    two = simulate(build(), tables, arm="other", replicate=0, seed=1, sample_rate=0.1)
    assert (one.arm, two.arm) == ("baseline", "other")
    assert_same(one, two)
    other_seed, other_replicate = run(build(), tables, seed=2), run(build(), tables, replicate=1)
    assert one.outcomes != other_seed.outcomes
    assert one.outcomes != other_replicate.outcomes


def test_replicates_share_streams_by_twos_and_cases_by_fours(build: Build, tables: Tables) -> None:
    markets = [Market(build(), tables, replicate=replicate, seed=1) for replicate in range(4)]
    volumes, pools = [m.table.volume.tolist() for m in markets], [m.pool.members.tolist() for m in markets]
    assert volumes[0] == volumes[1] != volumes[2] == volumes[3]
    assert pools[0] == pools[2] != pools[1] == pools[3]


def test_sampling_changes_nothing_else(build: Build, tables: Tables) -> None:
    none, every = run(build(), tables), run(build(), tables, rate=1)
    assert none.sample.keys() == every.sample.keys()
    assert all(column.size == 0 for column in none.sample.values())
    assert len(every.sample["week"]) == every.weekly["claims"].sum()
    assert_same(replace(none, sample={}), replace(every, sample={}))


def test_names_change_nothing_but_names(build: Build, tables: Tables) -> None:
    data = build().model_dump()
    plain = run(Scenario.model_validate(data), tables, rate=0.2)
    data["payers"][0]["name"], data["payers"][1]["name"] = "zeta", "alpha"
    data["tactics"] = dict(zip(("z", "m", "a"), data["tactics"].values(), strict=True))
    data["providers"] = dict(zip(("z", "a"), data["providers"].values(), strict=True))
    renames = {"code_only": "z", "patch_natural": "m", "pgd_white_box": "a"}
    renamed_tables = {
        name: replace(table, attacked={renames[key]: value for key, value in table.attacked.items()})
        for name, table in tables.items()
    }
    renamed = run(Scenario.model_validate(data), renamed_tables, rate=0.2)
    np.testing.assert_equal(dict(renamed.outcomes), dict(plain.outcomes))
    assert renamed.accounts == plain.accounts
    for old, new in renames.items():
        np.testing.assert_equal(renamed.tactics[new], plain.tactics[old])
    for name, column in plain.sample.items():
        if name not in ("payer", "tactic"):
            np.testing.assert_array_equal(renamed.sample[name], column, err_msg=name)
    back = {"zeta": "public", "alpha": "private"}
    assert [back[name] for name in renamed.sample["payer"]] == plain.sample["payer"].tolist()


def test_money_is_conserved_every_week(build: Build, tables: Tables) -> None:
    market = Market(build(), tables)
    for _ in range(26):
        market.step()
        assert market.ledger.balance.sum() == 0
    net = market.ledger.net()
    assert sum(round(usd * 100) for usd in net.values()) == 0
    assert net["treasury"] > 0
    assert net["suppliers"] > 0
    assert net["reviewers"] > 0


def test_the_books_agree_with_the_claims(build: Build, tables: Tables) -> None:
    """Every claim kept, added up by hand."""
    scenario = build({"payers.*.integrity": {"hash_at_capture": True, "false_alarm": 0.02}})
    result = run(scenario, tables, rate=1)
    claims, specialty = result.sample, result.providers["specialty"]
    difference = np.array([WORTH[name] for name in specialty])[claims["provider"]]
    care = np.where(specialty == "eye", 150.0, 300.0)[claims["provider"]]
    with_finding = np.isin(claims["paid_usd"], [412.25, 800.0])
    false = claims["tactic"] != ""
    assert result.weekly["paid"].sum() == pytest.approx(claims["paid_usd"].sum())
    assert result.weekly["claims"].sum() == claims["week"].size
    assert result.weekly["false_claims"].sum() == false.sum()
    assert result.weekly["false_paid"].sum() == (false & with_finding).sum()
    closed = claims["audited"] & (claims["week"] + 8 < 26)
    found_later = closed & claims["found"]
    assert not (closed & ~with_finding).any()
    recouped = difference[found_later].sum()
    assert result.weekly["recouped"].sum() == pytest.approx(recouped)
    assert result.weekly["findings"].sum() == claims["found"].sum() == result.providers["findings"].sum()
    assert result.weekly["false_findings"].sum() == (claims["found"] & ~false).sum()
    control = 20 * claims["read"].sum() + 100 * closed.sum()
    assert result.accounts["reviewers"] == pytest.approx(control)
    assert result.outcomes["control_cost"] == pytest.approx(2 * control)  # half a year
    delivered = (care * with_finding * np.where(false, 0.2, 1.0)).sum()
    cost = {"": 0, "code_only": 0, "patch_natural": 0.5, "pgd_white_box": 1}
    attacks = sum(cost[str(name)] * (claims["tactic"] == name).sum() for name in cost)
    setup = result.accounts["suppliers"] - delivered - attacks
    assert setup >= 0
    assert setup % 500 == pytest.approx(0, abs=1e-6)
    lost = difference[false & with_finding].sum() - difference[found_later & false].sum()
    damages = result.accounts["payers"] + result.weekly["paid"].sum() + control - recouped
    assert result.weekly["penalties"].sum() == pytest.approx(damages + result.accounts["treasury"])
    assert 2 * lost >= result.outcomes["payer_loss"] >= 2 * (lost - damages)
    mature = false & (claims["week"] + 8 < 26)
    assert result.outcomes["detection_rate"] == pytest.approx(claims["found"][mature].mean())
    denied = claims["truth"] & claims["billed"] & ~with_finding
    assert result.outcomes["honest_denied"] == pytest.approx(denied.sum() / (claims["truth"] & claims["billed"]).sum())
    assert result.outcomes["denied_value"] == pytest.approx(2 * difference[denied].sum())
    assert result.outcomes["suppression_gain"] == 0
    assert result.outcomes["fraud_share"] == pytest.approx(false.sum() / (~claims["truth"]).sum())
    assert result.outcomes["accepted_rate"] == pytest.approx(with_finding.mean())
    assert result.outcomes["true_rate"] == pytest.approx(claims["truth"].mean())


def test_honest_providers_do_not_notice_that_attacks_exist(build: Build, tables: Tables) -> None:
    honest = build({"conduct.reluctance_median": 1e6})
    succeed, fail = run(honest, attacked(tables, 1.0), rate=1), run(honest, attacked(tables, 0.0), rate=1)
    assert succeed.weekly["false_claims"].sum() == 0
    assert_same(succeed, fail)


def test_the_success_of_attacks_does_not_touch_honest_claims(build: Build, tables: Tables) -> None:
    """Conduct fixed, readers for all: only the claims that were attacked differ."""
    scenario = build({"payers.*.readers.capacity": 1e6}, fixed=True, tactics=["pgd_white_box"])
    succeed, fail = (run(scenario, attacked(tables, score), rate=1).sample for score in (1.0, 0.0))
    honest = succeed["tactic"] == ""
    np.testing.assert_array_equal(honest, fail["tactic"] == "")
    for name in succeed:
        if name not in ("audited", "found"):  # a target's budget is shared by all of its claims
            np.testing.assert_array_equal(succeed[name][honest], fail[name][honest], err_msg=name)
    assert succeed["approved"][~honest].all()
    assert not fail["approved"][~honest].any()


def test_an_attack_that_changes_nothing_equals_the_clean_image(build: Build, tables: Tables) -> None:
    still = attacked(tables, None)
    free = {"tactics.pgd_white_box.setup_cost": 0, "tactics.pgd_white_box.cost_per_claim": 0}
    pgd = run(build(free, fixed=True, tactics=["pgd_white_box"]), still, rate=1)
    code = run(build({}, fixed=True, tactics=["code_only"]), still, rate=1)
    for name, column in code.sample.items():
        if name != "tactic":
            np.testing.assert_array_equal(pgd.sample[name], column, err_msg=name)
    assert pgd.accounts == code.accounts
    np.testing.assert_equal(pgd.tactics["pgd_white_box"], code.tactics["code_only"])


def test_excluded_providers_bill_no_more(build: Build, tables: Tables) -> None:
    result = run(build({"law.findings_to_accuse": 1}), tables, rate=1)
    claims, accused = result.sample, result.providers["accused_week"]
    last = np.full(accused.size, -1)
    np.maximum.at(last, claims["provider"], claims["week"])
    assert (accused >= 0).sum() > 5  # honest errors are found too
    assert (last[accused >= 0] <= accused[accused >= 0]).all()
    assert (last[accused < 0] == 25).all()


def test_false_accusations_come_from_honest_errors(build: Build, tables: Tables) -> None:
    honest = {"conduct.reluctance_median": 1e6, "law.findings_to_accuse": 1, "payers.*.audit.random": 0.2}
    result = run(build(honest), tables)
    assert result.outcomes["fraud_providers"] == 0
    assert math.isnan(result.outcomes["fraud_payoff"])
    accused = (result.providers["accused_week"] >= 0).sum()
    assert result.weekly["accused_honest"].sum() == accused > 0
    assert result.outcomes["false_accusations"] > 0
    spotless = honest | {"providers.*.coding_error_up": 0, "payers.*.audit.specificity": 1}
    assert run(build(spotless), tables).outcomes["false_accusations"] == 0


def test_figures_are_the_ones_that_metrics_names(build: Build, tables: Tables) -> None:
    result = run(build(), tables)
    bought = [bought_name(name) for name in (*PRICE_UNITS, CHECKING)]
    assert list(result.outcomes) == [name for name, row in ARM_METRICS.items() if not row.avoids] + bought
    assert list(result.tactics) == ["code_only", "patch_natural", "pgd_white_box"]
    for figures in result.tactics.values():
        assert list(figures) == list(TACTIC_METRICS)
    losses = sum(figures["payer_loss"] for figures in result.tactics.values())
    assert losses == pytest.approx(result.outcomes["payer_loss"])
    false = result.providers["false_claims"]
    assert (result.providers["honest"] == (false == 0)).all()
    assert result.providers["claims"].sum() == result.weekly["claims"].sum()


def test_access_is_respected(build: Build, tables: Tables) -> None:
    claims = run(build(), tables, rate=1)
    access = claims.providers["access"][claims.sample["provider"]]
    assert set(access[claims.sample["tactic"] == "pgd_white_box"]) == {"white_box"}
    assert {"none", "black_box"} <= set(access[claims.sample["tactic"] == "patch_natural"])


def test_providers_are_agents_on_the_table(build: Build, tables: Tables) -> None:
    market = Market(build(), tables)
    for _ in range(8):
        market.step()
    providers = market.agents_by_type[ProviderAgent]
    assert len(providers) == 100
    np.testing.assert_array_equal(providers.get("share"), market.table.share.astype(float))
    cheats = providers.select(lambda provider: provider.tactic != HONEST)
    assert len(cheats) == (market.table.tactic != HONEST).sum()
    assert sum(providers.get("accused")) == (market.table.accused_week >= 0).sum()


def test_progress_counts_the_weeks(build: Build, tables: Tables) -> None:
    done: list[int] = []
    simulate(build({"weeks": 5}), tables, arm="a", replicate=0, seed=0, progress=done.append)
    assert done == [1, 2, 3, 4, 5]


def test_a_market_with_one_provider_and_hardly_a_case(build: Build, tables: Tables) -> None:
    data = build({"weeks": 3}).model_dump()
    data["providers"] = {"eye": data["providers"]["eye"] | {"count": 1, "weekly_volume": {"value": 0}}}
    result = run(Scenario.model_validate(data), tables, rate=1)
    assert result.weekly["claims"].sum() == 0
    assert math.isnan(result.outcomes["honest_denied"])
    assert math.isnan(result.providers["billed_finding_rate"][0])


def test_bad_input_gives_one_clear_error(build: Build, tables: Tables) -> None:
    with pytest.raises(ThreatsimError, match="no outcome table for chest_xray"):
        run(build(), {"fundoscopy": tables["fundoscopy"]})
    with pytest.raises(ThreatsimError, match="too much for the books"):
        run(build({"law.per_claim_penalty": 1e15}), tables)
    table = Market(build(), tables, replicate=0, seed=0).table
    table.volume[3] = 2e7  # as a volume that is skewed may come to, however few its mean
    with pytest.raises(ThreatsimError, match="more cases than can be drawn"):
        case_numbers(table)
    with pytest.raises(ThreatsimError, match="sample rate is"):
        run(build(), tables, rate=1.5)


def test_a_finished_market_is_let_go(build: Build, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[weakref.ref[Market]] = []
    step = Market.step

    def remember(market: Market) -> None:
        kept.append(weakref.ref(market))
        step(market)

    monkeypatch.setattr(Market, "step", remember)
    run(build({"weeks": 1}), tables)
    gc.collect()
    assert len(kept) == 1
    assert kept[0]() is None


def test_importing_the_market_leaves_the_process_as_it_was() -> None:
    code = (
        "import sys, multiprocessing as m; import threatsim.market.model;"
        "print(m.get_start_method(allow_none=True), 'torch' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["None", "False"]
    assert multiprocessing.get_start_method(allow_none=True) != "spawn" or sys.platform != "linux"
