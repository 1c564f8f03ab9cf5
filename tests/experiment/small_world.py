"""A small scenario and the scores of its only modality."""

from __future__ import annotations

from typing import Any

import numpy as np

from threatsim.common.outcome_table import OutcomeTable


def scenario_data() -> dict[str, Any]:
    audit = {
        "random": {"value": 0.001, "unit": "share", "source": "An Authority, 2020", "kind": "estimated"},
        "targeted": 0.002,
        "outlier_score": 3,
        "window": 8,
        "lag": 4,
        "sensitivity": 0.9,
        "specificity": 0.98,
        "cost": 100,
    }
    readers = {
        "capacity": 20,
        "overflow": "pay",
        "sensitivity": 0.9,
        "specificity": 0.9,
        "patch_seen": 0.9,
        "cost": 30,
    }
    triage = {"operating_point": {"specificity": 0.9}, "below": "pend"}
    payer = {"triage": triage, "readers": readers, "audit": audit}
    return {
        "schema_version": 1,
        "name": "small",
        "title": "A small world",
        "question": "Does it run?",
        "weeks": 6,
        "replicates": 4,
        "seed": 7,
        "modalities": {
            "dermoscopy": {
                "finding": "melanoma",
                "service": "excision",
                "prevalence": 0.1,
                "fee_negative": 50,
                "fee_positive": 500,
                "care_cost": 200,
            }
        },
        "providers": {
            "dermatologists": {
                "modality": "dermoscopy",
                "count": 7,
                "weekly_volume": 10,
                "volume_skew": 0.5,
                "coding_error_up": 0.01,
                "coding_error_down": 0.01,
            }
        },
        "tactics": {
            "code_only": {"attack": "none", "setup_cost": 0, "cost_per_claim": 0},
            "pgd_white_box": {
                "attack": "pgd",
                "access": "white_box",
                "epsilon": 0.02,
                "step": 0.01,
                "steps": 20,
                "setup_cost": 1000,
                "cost_per_claim": 1,
            },
        },
        "conduct": {
            "rule": "logit",
            "precision": 1,
            "decision_interval": 4,
            "shares": [0, 0.5, 1],
            "reluctance_median": 100,
            "reluctance_spread": 1,
            "greed_penalty": 1,
            "white_box_share": 0.1,
            "black_box_share": 0.2,
            "belief_paid": 0.5,
            "belief_detected": 0.1,
            "belief_weight": 10,
            "neighbour_weight": 0.1,
            "care_delivered": 0.5,
        },
        "payers": [{"name": "public", "share": 0.6, **payer}, {"name": "private", "share": 0.4, **payer}],
        "law": {
            "findings_to_accuse": 3,
            "damages": 2,
            "per_claim_penalty": 100,
            "collected": 0.5,
            "exclusion": True,
        },
        "referral_network": {"kind": "small_world", "neighbours": 2, "rewiring": 0.1},
        "arms": [
            {"name": "baseline", "title": "As it is"},
            {"name": "audits_doubled", "title": "Twice the audits", "set": {"payers.*.audit.random": 0.002}},
        ],
    }


def small_tables() -> dict[str, OutcomeTable]:
    rng = np.random.default_rng(3)
    labels = (rng.random(60) < 0.5).astype(np.int8)
    clean = rng.beta(2, 2, 60).astype(np.float32) * 0.6 + labels.astype(np.float32) * 0.4
    calibration_labels = (rng.random(40) < 0.5).astype(np.int8)
    return {
        "dermoscopy": OutcomeTable(
            modality="dermoscopy",
            labels=labels,
            patients=np.arange(60) // 2,
            clean=clean,
            attacked={"code_only": clean, "pgd_white_box": 1 - clean},
            calibration_scores=rng.random(40, dtype=np.float32),
            calibration_labels=calibration_labels,
        )
    }
