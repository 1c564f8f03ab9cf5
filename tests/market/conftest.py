"""A small scenario and synthetic outcome tables for the market's tests."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pytest

from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.scenario.schema import Scenario

SUBSTITUTION = {"attack": "substitution", "setup_cost": 0, "cost_per_claim": 2}
CODE_ONLY = {"attack": "none", "setup_cost": 0, "cost_per_claim": 0}
PATCH = {"attack": "patch", "access": "none", "scale": 0.4, "setup_cost": 500, "cost_per_claim": 0.5}
PGD: dict[str, Any] = {
    "attack": "pgd",
    "access": "white_box",
    "epsilon": 0.02,
    "step": 0.01,
    "steps": 20,
    "setup_cost": 5000,
    "cost_per_claim": 1,
}


def payer(name: str, share: float) -> dict[str, Any]:
    return {
        "name": name,
        "share": share,
        "triage": {"operating_point": {"sensitivity": 0.9}, "below": "pend"},
        "readers": {
            "capacity": 100,
            "overflow": "pay",
            "sensitivity": 0.9,
            "specificity": 0.95,
            "patch_seen": 0.8,
            "cost": 20,
        },
        "audit": {
            "random": 0.02,
            "targeted": 0.01,
            "outlier_score": 3.5,
            "window": 13,
            "lag": 8,
            "sensitivity": 0.9,
            "specificity": 0.98,
            "cost": 100,
        },
    }


SCENARIO: dict[str, Any] = {
    "schema_version": 1,
    "name": "small",
    "title": "A small market",
    "question": "Does the market work?",
    "weeks": 26,
    "replicates": 2,
    "seed": 7,
    "modalities": {
        "fundoscopy": {
            "finding": "retinopathy",
            "service": "laser",
            "prevalence": 0.25,
            "fee_negative": 36.5,
            "fee_positive": 412.25,
            "care_cost": 150,
        },
        "chest_xray": {
            "finding": "pneumothorax",
            "service": "drain",
            "prevalence": 0.05,
            "fee_negative": 33,
            "fee_positive": 800,
            "care_cost": 300,
        },
    },
    "providers": {
        "eye": {
            "modality": "fundoscopy",
            "count": 60,
            "weekly_volume": 30,
            "volume_skew": 0.5,
            "coding_error_up": 0.02,
            "coding_error_down": 0.03,
        },
        "chest": {
            "modality": "chest_xray",
            "count": 40,
            "weekly_volume": 50,
            "volume_skew": 0.5,
            "coding_error_up": 0.01,
            "coding_error_down": 0.05,
        },
    },
    "tactics": {"code_only": CODE_ONLY, "patch_natural": PATCH, "pgd_white_box": PGD},
    "conduct": {
        "rule": "logit",
        "precision": 10,
        "decision_interval": 4,
        "shares": [0, 0.1, 0.3],
        "reluctance_median": 100,
        "reluctance_spread": 0.8,
        "greed_penalty": 1,
        "white_box_share": 0.3,
        "black_box_share": 0.3,
        "belief_paid": 0.6,
        "belief_detected": 0.02,
        "belief_weight": 20,
        "neighbour_weight": 0.5,
        "care_delivered": 0.2,
    },
    "payers": [payer("public", 0.6), payer("private", 0.4)],
    "law": {
        "findings_to_accuse": 5,
        "damages": 3,
        "per_claim_penalty": 1000,
        "collected": 0.5,
        "exclusion": True,
    },
    "referral_network": {"kind": "small_world", "neighbours": 6, "rewiring": 0.1},
    "arms": [{"name": "baseline", "title": "Baseline"}],
}


FIXED_CONDUCT = {
    "conduct.rule": "best_response",
    "conduct.decision_interval": 1,
    "conduct.belief_paid": 1,
    "conduct.belief_detected": 0,
    "conduct.belief_weight": 1e12,
    "conduct.reluctance_median": 0,
    "conduct.white_box_share": 1,
    "conduct.black_box_share": 0,
    "conduct.shares": [0, 0.3],
    "law.exclusion": False,
    "law.findings_to_accuse": 1000,
}
"""Everyone bills three in ten eligible cases falsely, whatever happens, and nobody is accused."""


class Build(Protocol):
    def __call__(
        self, changes: dict[str, Any] | None = None, *, fixed: bool = False, tactics: Sequence[str] = ()
    ) -> Scenario: ...


@pytest.fixture(scope="session")
def build() -> Build:
    """The small scenario with some dotted paths changed (`*` stands for every key).

    `fixed` fixes the conduct; `tactics` keeps some of the tactics only.
    """

    def make(changes: dict[str, Any] | None = None, *, fixed: bool = False, tactics: Sequence[str] = ()) -> Scenario:
        data = copy.deepcopy(SCENARIO)
        for path, value in ((FIXED_CONDUCT if fixed else {}) | (changes or {})).items():
            _set(data, path.split("."), value)
        if tactics:
            data["tactics"] = {name: data["tactics"][name] for name in tactics}
        return Scenario.model_validate(data)

    return make


def _set(node: Any, path: list[str], value: Any) -> None:
    head, rest = path[0], path[1:]
    keys = list(node) if head == "*" and isinstance(node, dict) else [head]
    if isinstance(node, list):
        keys = list(range(len(node))) if head == "*" else [int(head)]
    for key in keys:
        if rest:
            if isinstance(node, dict):
                node.setdefault(key, {})
            _set(node[key], rest, value)
        else:
            node[key] = copy.deepcopy(value)


def score_table(modality: str, tactics: list[str], cases: int = 600, seed: int = 1) -> OutcomeTable:
    """Scores from two normals through a logistic; PGD lifts nearly all cases, a patch most, the code none."""
    generator = np.random.default_rng([seed, len(modality)])
    labels = (np.arange(cases) % 2).astype(np.int8)

    def scores(labels: np.ndarray, lift: float = 0.0) -> np.ndarray:
        logits = generator.normal(np.where(labels == 1, 1.2, -1.2) + lift, 1.0)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    clean = scores(labels)
    away = np.where(labels == 1, -1, 1)
    logits = np.log(clean / (1 - clean))
    lifts = {"code_only": 0.0, "patch_natural": 1.5, "pgd_white_box": 6.0}
    attacked = {
        name: (1 / (1 + np.exp(-(logits + away * lifts.get(name, 6.0))))).astype(np.float32)
        if lifts.get(name, 6.0)
        else clean
        for name in tactics
    }
    calibration = (np.arange(400) % 2).astype(np.int8)
    return OutcomeTable(
        modality=modality,
        labels=labels,
        patients=(np.arange(cases) // 4).astype(np.int64),
        clean=clean,
        attacked=attacked,
        calibration_scores=scores(calibration),
        calibration_labels=calibration,
    )


def statistics_of_control(table: OutcomeTable, lifts: dict[str, float], seed: int = 5) -> ControlStatistics:
    """A control whose statistic is normal on clean images, and raised by so much under each tactic."""
    generator = np.random.default_rng([seed, len(table.modality)])

    def column(size: int, lift: float = 0.0) -> np.ndarray:
        return (generator.normal(size=size) + lift).astype(np.float32)

    size = table.labels.size
    clean = column(size)
    attacked = {name: column(size, lifts[name]) if lifts.get(name) else clean for name in table.attacked}
    return ControlStatistics(clean, attacked, column(999))


@pytest.fixture(scope="session")
def tables_with_controls() -> dict[str, OutcomeTable]:
    """Tables whose controls see some tactics, half of them or none; `pgd_white_box` may stand for any attack."""
    names = list(SCENARIO["tactics"])
    made = {}
    for modality in SCENARIO["modalities"]:
        table = score_table(modality, names)
        control_statistics = {
            "duplicate_search": statistics_of_control(table, {"pgd_white_box": 9}, 1),
            "same_patient": statistics_of_control(table, {"pgd_white_box": 9, "patch_natural": 2}, 2),
            "gaussian": statistics_of_control(table, {"patch_natural": 2}, 3),
        }
        made[modality] = replace(table, control_statistics=control_statistics)
    return made


@pytest.fixture(scope="session")
def tables() -> dict[str, OutcomeTable]:
    names = list(SCENARIO["tactics"])
    return {modality: score_table(modality, names) for modality in SCENARIO["modalities"]}
