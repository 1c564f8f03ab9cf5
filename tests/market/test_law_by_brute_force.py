"""What providers expect of the law, against many careers under it, drawn week by week (`simulated_law`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.market.simulated_law import PlainLaw, Practice, careers
from threatsim.market.foresight.standing import Standing
from threatsim.market.providers.options import with_honesty
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.providers.utility import ExpectedUtility
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

LAWS, PROVIDERS, RUNS = 12, 12, 160
TACTICS = ("code_only", "patch_natural")
BELIEF_PAID = (0.35, 0.8)
SHARES = np.array([0.1, 0.25, 0.5])
PREVALENCE, FEE, CARE, INCOME = 0.25, 412.25 - 36.5, 150.0, 0.25 * (412.25 - 150) + 0.75 * 36.5


@dataclass(frozen=True)
class Drawn:
    """A law in plain numbers, and the same as changes of the small scenario."""

    plain: PlainLaw
    detection: float
    changes: dict[str, Any]


def drawn_law(seed: int) -> Drawn:
    generator = np.random.default_rng([11, seed])

    def one_of(*values: Any) -> Any:
        return values[generator.integers(len(values))]

    sampled = generator.random() < 0.8
    findings = int(generator.integers(1, 9))
    plain = PlainLaw(
        horizon=104,
        findings=findings,
        sample=one_of(20, 30, 100) if sampled else 0,
        tolerated=one_of(0.1, 0.2),
        lookback=one_of(52, 156),
        audit_lag=one_of(0, 8, 13),
        probe_lag=one_of(0, 13, 26) if sampled else 0,
        resolution_lag=one_of(0, 26, 52),
        bars=one_of(0.0, 0.05, 0.3, 1.0),
        audits_after=one_of(1.0, 3.0),
        tips=one_of(0.0, 0.1) / 52 if sampled else 0.0,
        offsets=1.0,
        extrapolated=one_of(0.2, 1.0),
        penalties=0.25,
        settled=one_of(0.0, 0.5, 1.0),
        multiple=2.0,
        damages=3.0,
        per_claim=one_of(0.0, 1000.0, 14308.0),
        suspension=one_of(0.0, 0.2),
        liability=one_of(0.5, 2.0, 20.0) * 52,
    )
    detection = float(10 ** generator.uniform(np.log10(0.0005), np.log10(0.05)))
    law: dict[str, Any] = {
        "collected": {"offsets": 1.0, "extrapolated": plain.extrapolated, "penalties": plain.penalties},
        "resolution_lag": plain.resolution_lag,
        "settlement": {"share": plain.settled, "multiple": plain.multiple},
        "damages": plain.damages,
        "per_claim_penalty": plain.per_claim,
        "suspension": plain.suspension,
        "liability": plain.liability / 52,
        "exclusion": plain.bars,
        "integrity_agreement": {"weeks": 260, "audits": plain.audits_after},
    }
    if sampled:
        probe = {"claims": plain.sample, "tolerated_rate": plain.tolerated, "lag": plain.probe_lag}
        law |= {"extrapolate": True, "tips": {"fraud": plain.tips * 52, "honest": plain.tips * 52}}
        law["probe"] = probe | {"after_findings": findings, "window": 208, "lookback": plain.lookback}
    else:
        law["findings_to_accuse"] = findings
    changes = {
        "law": law,
        "payers.*.audit.lag": plain.audit_lag,
        "payers.*.audit.targeted": 0,
        "conduct.belief_detected": detection,
        "conduct.belief_weight": 1e12,
        "conduct.shares": [0, *SHARES.tolist()],
        "conduct.horizon": plain.horizon,
        "tactics.code_only.belief_paid": BELIEF_PAID[0],
        "tactics.patch_natural.belief_paid": BELIEF_PAID[1],
    }
    return Drawn(plain, detection, changes)


@dataclass(frozen=True)
class Provider:
    volume: float
    reluctance: float
    found_so_far: int
    past: float  # share of the look-back in which it has practised, honestly


def drawn_provider(law: PlainLaw, seed: int) -> Provider:
    generator = np.random.default_rng([12, seed])
    return Provider(
        volume=float(10 ** generator.uniform(0, 3)),
        reluctance=float(50 * np.exp(generator.normal())),
        found_so_far=int(generator.integers(law.findings)),
        past=float(generator.integers(2)),
    )


def practice(law: Drawn, provider: Provider) -> tuple[Practice, np.ndarray]:
    """Return the options of a provider, honest billing first, and what each gains beside that (USD a week)."""
    paid = np.array([0.0, *np.repeat(BELIEF_PAID, SHARES.size)])
    share = np.array([0.0, *np.tile(SHARES, 2)])
    cost = np.array([0.0, *np.repeat([0.0, 0.5], SHARES.size)])
    eligible = provider.volume * (1 - PREVALENCE)
    false = eligible * share
    errors = eligible * (1 - share) * 0.02
    true = provider.volume * PREVALENCE * 0.97
    error_paid = errors * BELIEF_PAID[0]
    false_paid = false * paid
    found = law.detection * (false_paid + error_paid) + law.detection * (1 - 0.98) / 0.9 * true
    wrong = 0.9 * (false_paid + error_paid) + 0.02 * true
    weeks = provider.past * law.plain.lookback
    options = Practice(
        paid=false_paid + error_paid + true,
        wrong=wrong,
        submitted=false + errors + true,
        findings=found,
        recouped=found,
        past_paid=weeks * (error_paid[0] + true),
        past_wrong=weeks * wrong[0],
        past_submitted=weeks * (errors[0] + true),
        found_so_far=provider.found_so_far,
        worth=FEE,
        income=provider.volume * INCOME,
        fees=provider.volume * (PREVALENCE * 412.25 + (1 - PREVALENCE) * 36.5) + false_paid * FEE,
    )
    gain = false_paid * (FEE - 0.2 * CARE) - false * (cost + provider.reluctance * (1 + share))
    return options, gain - share * eligible * 0.02 * BELIEF_PAID[0] * FEE


def simulated(law: Drawn, provider: Provider, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of what each option brings, and its standard error (USD a week)."""
    options, gain = practice(law, provider)
    taken, billed, repaid = careers(law.plain, options, RUNS, np.random.default_rng([13, seed]))
    setup = np.array([0.0, *np.repeat([0.0, 500.0], SHARES.size)])
    brought = (billed * (gain + options.income)[:, None] - taken - repaid - setup[:, None]) / law.plain.horizon
    return brought.mean(axis=1), brought.std(axis=1) / np.sqrt(RUNS)


def expected(scenario: Scenario, law: Drawn, providers: list[Provider]) -> np.ndarray:
    """Return (N, options) what the providers expect, honest billing first (USD a week)."""
    table: ProviderTable = provider_table(scenario, Streams(1, 0))
    size = len(table)
    rows = np.arange(len(providers))
    table.volume[rows] = [provider.volume for provider in providers]
    table.reluctance[rows] = [provider.reluctance for provider in providers]
    missing = np.full(size, law.plain.findings)
    missing[rows] -= [provider.found_so_far for provider in providers]
    past = np.zeros((3, size))
    for row, provider in enumerate(providers):
        options, _ = practice(law, provider)
        errors = provider.past * law.plain.lookback * provider.volume * (1 - PREVALENCE) * 0.02 * BELIEF_PAID[0]
        past[:, row] = errors, options.past_paid - errors, options.past_submitted
    standing = Standing(missing, np.zeros(size, np.int64), np.zeros(size, np.bool_), *past)
    return with_honesty(ExpectedUtility(scenario, table, lambda: [standing])(rows))


def test_the_option_chosen_is_the_best_under_the_law(build: Build) -> None:
    clear, wrong = 0, []
    for number in range(LAWS):
        law = drawn_law(number)
        seeds = [number * PROVIDERS + place for place in range(PROVIDERS)]
        providers = [drawn_provider(law.plain, seed) for seed in seeds]
        scenario = build(law.changes, tactics=TACTICS)
        for provider, told, seed in zip(providers, expected(scenario, law, providers), seeds, strict=True):
            mean, error = simulated(law, provider, seed)
            best, second = np.argsort(-mean, kind="stable")[:2]
            if mean[best] - mean[second] <= 4 * np.hypot(error[best], error[second]):
                continue
            clear += 1
            if told.argmax() != best:
                wrong.append((law, provider, told, mean))
    assert clear >= 0.5 * LAWS * PROVIDERS
    assert len(wrong) <= 0.01 * clear, (clear, wrong)
