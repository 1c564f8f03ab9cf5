"""Patterns that the literature reports; means over replicates that share their streams.

P1 audits without fines do next to nothing, with fines they deter (Gross, Juerges and Wiesen, Health Econ 30(8), 2021).
P2 deterrence amounts to several times what is recouped (Shi, QJE 139(2), 2024; Howard and McCarthy, JHE, 2021).
P3 closing one channel feeds another (Gross et al. 2021).
P4 neighbours of the audited change too (Bouayad, Padmanabhan and Chari, ISR 30(2), 2019).
P5 attacks that succeed more often raise fraud that is paid, not fraud that is found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
REPLICATES = 4
WORLD = {
    "weeks": 52,
    "conduct.rule": "best_response",
    "conduct.belief_detected": 0.005,
    "law.per_claim_penalty": 0,
    "law.damages": 0,
    "law.exclusion": False,
    "payers.*.audit.targeted": 0,
}
FINES = {"law.per_claim_penalty": 20000, "law.damages": 3}
AUDITS = {"payers.*.audit.random": 0.1}


def results(build: Build, tables: Tables, *changes: dict[str, Any]) -> list[ReplicateResult]:
    merged: dict[str, Any] = {}
    for change in (WORLD, *changes):
        merged |= change
    scenario = build(merged)
    return [simulate(scenario, tables, arm="a", replicate=replicate, seed=5) for replicate in range(REPLICATES)]


def late(runs: list[ReplicateResult], column: str = "false_claims") -> float:
    """The mean of a weekly column in the last half year, when experience has been made."""
    return float(np.mean([run.weekly[column][26:].sum() for run in runs]))


@pytest.fixture(scope="module")
def fined(build: Build, tables: Tables) -> tuple[list[ReplicateResult], list[ReplicateResult]]:
    """With fines, few audits and many."""
    return results(build, tables, FINES), results(build, tables, FINES, AUDITS)


def test_p1_audits_deter_only_with_fines(
    build: Build, tables: Tables, fined: tuple[list[ReplicateResult], list[ReplicateResult]]
) -> None:
    few, many = late(results(build, tables)), late(results(build, tables, AUDITS))
    few_fined, many_fined = map(late, fined)
    assert 0.85 * few < many < few
    assert many_fined < 0.1 * few_fined


def test_p2_deterrence_exceeds_what_is_recouped(fined: tuple[list[ReplicateResult], list[ReplicateResult]]) -> None:
    few, many = fined
    paid_less = sum(run.weekly["paid"].sum() for run in few) - sum(run.weekly["paid"].sum() for run in many)
    recouped_more = sum(run.weekly["recouped"].sum() for run in many) - sum(run.weekly["recouped"].sum() for run in few)
    assert paid_less > 5 * recouped_more > 0


def test_p3_closing_one_channel_feeds_another(build: Build, tables: Tables) -> None:
    access = {"conduct.white_box_share": 1, "conduct.black_box_share": 0, "tactics.pgd_white_box.belief_paid": 0.95}
    signed = {"payers.*.integrity.hash_at_capture": True, "law.findings_to_accuse": 1000}
    opened, closed = results(build, tables, access), results(build, tables, access, signed)
    assert late(closed, "false_claims_pgd_white_box") < 0.1 * late(opened, "false_claims_pgd_white_box")
    assert late(closed, "false_claims_code_only") > 2 * late(opened, "false_claims_code_only")
    assert late(closed) < late(opened)


def test_p4_neighbours_of_the_audited_are_deterred(build: Build, tables: Tables) -> None:
    """Where providers hear what audits do to each other, those that would deter do so sooner."""
    world = AUDITS | FINES | {"conduct.belief_detected": 0.001}
    deaf = late(results(build, tables, world, {"conduct.neighbour_weight": 0}))
    hearing = late(results(build, tables, world, {"conduct.neighbour_weight": 1}))
    assert hearing < 0.5 * deaf


@pytest.mark.parametrize("rule", ["best_response", "logit"])
def test_p5_better_attacks_raise_paid_fraud_and_not_detection(build: Build, tables: Tables, rule: str) -> None:
    def passing(share: float) -> Tables:
        changed = {}
        for name, table in tables.items():
            succeeds = np.arange(table.labels.size) % 10 < 10 * share
            scores = np.where(succeeds, np.float32(0.999), table.clean).astype(np.float32)
            changed[name] = replace(table, attacked=dict.fromkeys(table.attacked, scores))
        return changed

    world = {"conduct.rule": rule, "conduct.white_box_share": 1, "conduct.black_box_share": 0}
    weak, strong = (results(build, passing(share), world) for share in (0.1, 0.9))
    paid = [late(runs, "false_paid") for runs in (weak, strong)]
    rates = [np.mean([run.outcomes["detection_rate"] for run in runs]) for runs in (weak, strong)]
    assert paid[1] > 1.2 * paid[0]
    assert rates[1] < 0.05
