"""Checks a scenario's market against published patterns, by running it with and without the cause of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.published_patterns import PATTERNS, Pattern
from threatsim.experiment.record.record import PatternCheck
from threatsim.market.providers.table import first_rows
from threatsim.market.referrals import neighbours, referral_graph
from threatsim.market.result import ReplicateResult
from threatsim.market.streams import replicate_streams
from threatsim.scenario.reading.paths import expand, with_value
from threatsim.scenario.schema import Scenario
from threatsim.statistics.over_replicates import resampled_mean_interval

REPLICATES = 8
PROVIDERS = 300
"""A larger market is scaled down to about so many: the patterns are of rates."""
_AUDITED = 0.1  # share of claims audited where a pattern is about many audits

Changes = dict[str, Any]
Simulate = Callable[..., ReplicateResult]
Values = NDArray[np.float64]


class Bench:
    """Runs variants of a scenario on the same streams, each once.

    Args:
        scenario: the scenario as its baseline has it.
        tables: modality -> scores.
        simulate: runs one replicate.
    """

    def __init__(self, scenario: Scenario, tables: Mapping[str, OutcomeTable], simulate: Simulate) -> None:
        self.scenario = scaled(scenario, PROVIDERS)
        self._tables, self._simulate = tables, simulate
        self._done: dict[str, list[ReplicateResult]] = {}

    def run(self, changes: Changes, *, success: float = 1.0) -> list[ReplicateResult]:
        """Return the replicates with some dotted paths changed, and attacks that work on this share of cases only."""
        key = repr((sorted(changes.items()), success))
        if key not in self._done:
            variant, tables = self.variant(changes), self._with_success(success)
            self._done[key] = [
                self._simulate(
                    variant, tables, arm="check", replicate=replicate, seed=self.scenario.seed, sample_rate=0.0
                )
                for replicate in range(REPLICATES)
            ]
        return self._done[key]

    def variant(self, changes: Changes) -> Scenario:
        """Return the scenario with some dotted paths changed."""
        data = self.scenario.model_dump(mode="json")
        for pattern, value in changes.items():
            for path in expand(pattern, data):
                data = with_value(data, path, value)
        return Scenario.model_validate(data)

    def _with_success(self, share: float) -> dict[str, OutcomeTable]:
        if share >= 1:
            return dict(self._tables)
        return {name: _weakened(table, share) for name, table in self._tables.items()}


def _weakened(table: OutcomeTable, share: float) -> OutcomeTable:
    """Return the table with attacks that work on this share of cases, and leave the others as they were."""
    works = np.arange(table.labels.size) // 2 % 20 < 20 * share
    attacked = {
        tactic: np.where(works, scores, table.clean).astype(np.float32) for tactic, scores in table.attacked.items()
    }
    hardened = None if table.hardened is None else _weakened(table.hardened, share)
    return replace(table, attacked=attacked, hardened=hardened)


def scaled(scenario: Scenario, providers: int) -> Scenario:
    """Return the scenario with at most about so many providers, and capacities and budgets to match.

    A referral network that is a list of links names its providers, so such a scenario stays as it is.
    """
    factor = providers / sum(group.count for group in scenario.providers.values())
    if factor >= 1 or scenario.referral_network.links is not None:
        return scenario
    return resized(scenario, factor)


def resized(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario with as many times the providers, capacities and budgets."""
    data = scenario.model_dump(mode="json")
    for group in data["providers"].values():
        group["count"] = max(1, math.ceil(group["count"] * factor))
    for payer in data["payers"]:
        payer["readers"]["capacity"]["value"] *= factor
        if payer["audit"]["budget"]:
            payer["audit"]["budget"]["value"] *= factor
        for rule in payer["adaptation"].values():
            if rule and "after_findings" in rule:
                rule["after_findings"] = max(1, round(rule["after_findings"] * factor))
    return Scenario.model_validate(data)


def check_patterns(
    scenario: Scenario,
    tables: Mapping[str, OutcomeTable],
    simulate: Simulate,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[PatternCheck, ...]:
    """Hold a scenario's market against every pattern.

    Args:
        scenario: the scenario as its baseline has it.
        tables: modality -> scores.
        simulate: runs one replicate (threatsim.market.simulation.simulate).
        progress: called with 1 after each pattern.
    """
    bench = Bench(scenario, tables, simulate)
    checks = []
    for pattern in PATTERNS:
        checks.append(_checked(pattern, _MEASURES[pattern.key](bench)))
        if progress is not None:
            progress(1)
    return tuple(checks)


def _checked(pattern: Pattern, values: Values) -> PatternCheck:
    found = resampled_mean_interval(np.where(np.isfinite(values), values, np.nan))
    return PatternCheck(
        key=pattern.key,
        check=pattern.check,
        measured=pattern.measured,
        unit=pattern.unit,
        low=pattern.low,
        high=pattern.high,
        found=found,
        ok=None if found.value is None else pattern.holds(found.value),
        source=pattern.source,
    )


_NO_FINES: Changes = {
    "law.damages": 1,
    "law.settlement": None,
    "law.per_claim_penalty": 0,
    "law.exclusion": 0,
    "law.extrapolate": False,
}
_STILL: Changes = {  # nothing else audits, and nobody moves the audits
    "payers.*.adaptation": {},
    "payers.*.audit.budget": None,
    "payers.*.audit.targeted": 0,
    "payers.*.audit.network": 0,
    "law.tips": None,
}
_MANY: Changes = {**_STILL, "payers.*.audit.random": _AUDITED}
_NONE: Changes = {**_STILL, "payers.*.audit.random": 0}


def _late(results: list[ReplicateResult], column: str) -> Values:
    """Return the second half of a weekly column, when experience has been made, summed, a number a replicate."""
    return np.array([result.weekly[column][len(result.weekly[column]) // 2 :].sum() for result in results])


def _total(results: list[ReplicateResult], *columns: str) -> Values:
    return np.array([sum(float(result.weekly[column].sum()) for column in columns) for result in results])


def _outcome(results: list[ReplicateResult], name: str) -> Values:
    return np.array([result.outcomes[name] for result in results], np.float64)


def _change(before: Values, after: Values) -> Values:
    """Return by how much of itself each replicate's figure changes; NaN where it was 0."""
    return _ratio(after - before, before)


def _ratio(part: Values, whole: Values) -> Values:
    found: Values = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return found


def _audits_without_fines(bench: Bench) -> Values:
    few, many = bench.run(_NO_FINES | _NONE), bench.run(_NO_FINES | _MANY)
    return _change(_late(few, "false_claims"), _late(many, "false_claims"))


def _audits_with_fines(bench: Bench) -> Values:
    few, many = bench.run(_NONE), bench.run(_MANY)
    return _change(_late(few, "false_claims"), _late(many, "false_claims"))


def _deterrence(bench: Bench) -> Values:
    few, many = bench.run(_NONE), bench.run(_MANY)
    saved = _total(few, "paid") - _total(many, "paid")
    recovered = _total(many, "recouped", "penalties") - _total(few, "recouped", "penalties")
    return _ratio(saved, recovered)


def _displacement(bench: Bench) -> Values:
    lenient: Changes = {"law.probe": None, "law.tips": None, "law.extrapolate": False, "law.findings_to_accuse": 1000}
    opened = bench.run(lenient)
    closed = bench.run(lenient | {"payers.*.integrity.hash_at_capture": True})
    seen = [name for name, tactic in bench.scenario.tactics.items() if ATTACKS[tactic.attack].alters_file]
    unseen = [name for name in bench.scenario.tactics if name not in seen]

    def late(results: list[ReplicateResult], names: list[str]) -> Values:
        total: Values = np.sum(
            [np.zeros(len(results)), *(_late(results, f"false_claims_{name}") for name in names)], axis=0
        )
        return total

    lost, gained = late(opened, seen) - late(closed, seen), late(closed, unseen) - late(opened, unseen)
    return _ratio(gained, lost)


def _spillover(bench: Bench) -> Values:
    """Return the change in neighbours of those found who have no finding themselves, by news, of the same providers."""
    weight = max(float(bench.scenario.conduct.neighbour_weight), 0.5)
    same: Changes = {**_MANY, "providers.*.vacancy": None}
    deaf, hearing = (bench.run(same | {"conduct.neighbour_weight": news}) for news in (0, weight))
    size = sum(group.count for group in bench.scenario.providers.values())
    changes = []
    for replicate, (before, after) in enumerate(zip(deaf, hearing, strict=True)):
        generator = replicate_streams(bench.scenario.seed, replicate).generator("network")
        graph = referral_graph(bench.scenario.referral_network, size, generator, first_rows(bench.scenario))
        found = after.providers["findings"] > 0
        beside = neighbours(graph, size).sum(found.astype(np.float64)) > 0
        clean = (before.providers["findings"] == 0) & (after.providers["findings"] == 0) & beside
        one, two = (float(result.providers["false_claims"][clean].sum()) for result in (before, after))
        changes.append((two - one) / one if one > 0 else math.nan)
    return np.array(changes)


def _silent_fraud(bench: Bench) -> Values:
    weak, strong = bench.run({}, success=0.25), bench.run({})
    return _change(_late(weak, "false_paid"), _late(strong, "false_paid"))


def _silent_detection(bench: Bench) -> Values:
    weak, strong = bench.run({}, success=0.25), bench.run({})
    change: Values = _outcome(strong, "detection_rate") - _outcome(weak, "detection_rate")
    return change


_MEASURES: dict[str, Callable[[Bench], Values]] = {
    "audits_without_fines": _audits_without_fines,
    "audits_with_fines": _audits_with_fines,
    "deterrence": _deterrence,
    "displacement": _displacement,
    "spillover": _spillover,
    "silent_fraud": _silent_fraud,
    "silent_detection": _silent_detection,
}


def inputs_not_tests(scenario: Scenario) -> Iterator[str]:
    """Yield which of a scenario's numbers bear on the patterns, and are inputs and no results."""
    conduct, law = scenario.conduct, scenario.law
    yield f"reluctance: median {float(conduct.reluctance_median):g} USD per claim"
    yield f"prior beliefs: paid {float(conduct.belief_paid):g}, found out {float(conduct.belief_detected):g}"
    yield f"weight of a neighbour's finding: {float(conduct.neighbour_weight):g}"
    yield (
        f"the law: {float(law.damages):g} times the sum and {float(law.per_claim_penalty):,.0f} USD per claim, "
        f"{float(law.collected.penalties):.0%} collected, after {law.findings_to_act} findings"
    )
