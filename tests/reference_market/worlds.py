"""Scenarios that each isolate rules of the market, and the scores that both implementations are given."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tests.reference_market.cases import Image
from threatsim import Scenario
from threatsim.common.outcome_table import OutcomeTable

AUDIT = {
    "random": 0.0,
    "targeted": 0.0,
    "outlier_score": 2,
    "window": 8,
    "lag": 2,
    "sensitivity": 0.9,
    "specificity": 0.95,
    "cost": 60,
}
READERS = {
    "capacity": 60.5,
    "overflow": "pay",
    "sensitivity": 0.85,
    "specificity": 0.8,
    "patch_seen": 0.7,
    "cost": 24,
}
TRIAGE = {"operating_point": {"sensitivity": 0.85}, "below": "pend"}
BASE: dict[str, Any] = {
    "schema_version": 1,
    "name": "isolated",
    "title": "Some rules of the market",
    "question": "Do two implementations agree?",
    "weeks": 16,
    "replicates": 2,
    "seed": 26,
    "modalities": {
        "dermoscopy": {
            "finding": "melanoma",
            "service": "excision",
            "prevalence": 0.2,
            "fee_negative": 120,
            "fee_positive": 660,
            "care_cost": 310,
        }
    },
    "providers": {
        "dermatologists": {
            "modality": "dermoscopy",
            "count": 30,
            "weekly_volume": 10,
            "volume_skew": 0.2,
            "coding_error_up": 0.03,
            "coding_error_down": 0.05,
            "coding_error_spread": 0.7,
        }
    },
    "tactics": {
        "code_only": {"attack": "none", "setup_cost": 0, "cost_per_claim": 2},
        "patch": {"attack": "patch", "access": "none", "scale": 0.4, "setup_cost": 300, "cost_per_claim": 1},
        "pgd": {
            "attack": "pgd",
            "access": "white_box",
            "epsilon": 0.02,
            "step": 0.01,
            "steps": 20,
            "setup_cost": 1500,
            "cost_per_claim": 1,
        },
    },
    "conduct": {
        "rule": "best_response",
        "precision": 1,
        "decision_interval": 4,
        "horizon": 13,
        "shares": [0, 0.2, 0.5],
        "reluctance_median": 60,
        "reluctance_spread": 0.5,
        "greed_penalty": 1,
        "white_box_share": 0.3,
        "black_box_share": 0.2,
        "belief_paid": 0.6,
        "belief_detected": 0.001,
        "belief_weight": 1e12,  # nothing is learnt, where a scenario does not say otherwise
        "neighbour_weight": 0.5,
        "care_delivered": 0.25,
    },
    "payers": [
        {
            "name": "public",
            "share": 0.6,
            "share_of_allowed": 0.8,
            "triage": TRIAGE,
            "readers": READERS,
            "audit": AUDIT,
        },
        {
            "name": "plan",
            "share": 0.4,
            "share_of_allowed": 0.9,
            "triage": {"operating_point": {"specificity": 0.9}, "below": "deny"},
            "readers": READERS | {"overflow": "deny"},
            "audit": AUDIT,
        },
    ],
    "law": {
        "findings_to_accuse": 3,
        "damages": 3,
        "per_claim_penalty": 100,
        "collected": {"offsets": 0.9, "extrapolated": 0.5, "penalties": 0.4},
        "exclusion": 0,
        "resolution_lag": 3,
    },
    "referral_network": {"kind": "small_world", "neighbours": 4, "rewiring": 0.2},
    "arms": [{"name": "baseline", "title": "As it is"}],
}
PROBE = {"after_findings": 3, "window": 12, "claims": 10, "tolerated_rate": 0.2, "lag": 2}
APPEALS = {"filed": 0.4, "overturned_supported": 0.6, "overturned_unsupported": 0.25, "cost": 40}
LEARNING = {"reluctance_spread": 1, "belief_weight": 10, "belief_half_life": 20, "belief_detected": 0.05}

CHANGES: dict[str, dict[str, Any]] = {
    "no_fraud": {"conduct.reluctance_median": 1e7, "payers.audit.random": 0.2},
    "fixed_cheats": {"conduct.reluctance_spread": 0.3},
    "audits_random": {"payers.audit.random": 0.1, "payers.0.audit.budget": 6.5},
    "audits_targeted": {
        "payers.audit.targeted": 0.2,
        "payers.audit.network": 0.1,
        "payers.audit.lag": 1,
        "providers.dermatologists.coding_error_spread": 1.5,
    },
    "federal_with_settlement": {
        "payers.audit.random": 0.15,
        "law": BASE["law"]
        | {
            "findings_to_accuse": None,
            "probe": PROBE,
            "suspension": 0.3,
            "settlement": {"share": 0.6, "multiple": 2},
            "liability": 0.2,
            "integrity_agreement": {"weeks": 6, "audits": 3},
            "appeals": APPEALS,
        },
    },
    "commercial": {
        "payers.audit.random": 0.08,
        "law": {
            "kind": "commercial",
            "findings_to_accuse": 2,
            "collected": {"offsets": 0.9, "extrapolated": 0.5, "penalties": 0.4},
            "termination": 0.5,
            "resolution_lag": 2,
            "state_statute": {"damages": 2, "per_claim_penalty": 500},
            "tips": {"fraud": 3, "honest": 0.5, "probe": 4},
        },
    },
    "extrapolation": {
        "payers.audit.random": 0.15,
        "law": BASE["law"] | {"findings_to_accuse": None, "probe": PROBE | {"lookback": 15}, "extrapolate": True},
    },
    "exclusion_with_turnover": {
        "payers.audit.random": 0.1,
        "law": BASE["law"] | {"exclusion": 0.7, "resolution_lag": 1},
        "providers.dermatologists.turnover": 1.5,
        "providers.dermatologists.vacancy": 4,
        "providers.dermatologists.lost_patients": 0.3,
    },
    "readers_and_triage": {
        "weeks": 10,
        "payers.0.readers.second_look": 0.2,
        "payers.0.readers.capacity": 24,
        "payers.1.readers.appealed": 0.3,
        "payers.0.readers.appeals": APPEALS,
        "payers.1.integrity": {"hash_at_capture": True, "false_alarm": 0.05},
        "tactics.patch.belief_paid": 0.95,
        "tactics.pgd.belief_paid": 0.97,
    },
    "learning_with_news": {
        "payers.audit.random": 0.15,
        "weeks": 24,
        "conduct": BASE["conduct"] | LEARNING | {"reluctance_median": 120},
        "law": BASE["law"] | {"findings_to_accuse": 4},
    },
    "logit_in_public": {
        "payers.audit.random": 0.1,
        "weeks": 12,
        "conduct": BASE["conduct"] | LEARNING | {"rule": "logit", "precision": 3, "public": True, "horizon": 13},
    },
}


IN_SMALL = {
    "providers.*.count": 10,
    "payers.*.readers.capacity": {"times": 0.1},
    "conduct.horizon": 104,
    "weeks": 52,
    "burn_in": 0,
}
"""What the flagship is cut down by, so that an object a claim and every week of the law foreseen are bearable."""
WORLDS = (*CHANGES, "flagship_in_small")


def world(name: str, **more: Any) -> dict[str, Any]:
    """Return a scenario as plain data; a path of CHANGES without a number of a payer is of both."""
    if name == "flagship_in_small":
        data = Scenario.load("insurance_upcoding").to_dict() | {"expect": {}}
        data["arms"] = data["arms"][:1]
        return Scenario.from_dict(data).with_values(IN_SMALL | more).to_dict()
    data = copy.deepcopy(BASE) | {"name": name}
    for path, value in (CHANGES[name] | more).items():
        parts = path.split(".")
        if parts[0] == "payers" and not parts[1].isdigit():
            paths = [["payers", str(n), *parts[1:]] for n in range(len(data["payers"]))]
        else:
            paths = [parts]
        for one in paths:
            place: Any = data
            for key in one[:-1]:
                place = place[int(key)] if isinstance(place, list) else place[key]
            place[one[-1]] = copy.deepcopy(value)
    data["law"] = {key: one for key, one in data["law"].items() if one is not None}
    return data


def scores(modality: str, tactics: list[str], cases: int = 3000) -> OutcomeTable:
    """Return scores of two normals, cut to [0, 1]; attacks lift what has not the finding."""
    rng = np.random.default_rng(26)
    labels = (np.arange(cases) % 2).astype(np.int8)
    clean = np.clip(0.35 + 0.3 * labels + 0.15 * rng.standard_normal(cases), 0, 1).astype(np.float32)
    lift = {"code_only": 0.0, "patch": 0.2, "pgd": 0.4}
    attacked = {}
    for name in tactics:
        by = next((size for word, size in lift.items() if name.startswith(word)), 0.0)
        attacked[name] = np.clip(clean + by, 0, 1).astype(np.float32) if by else clean
    return OutcomeTable(
        modality=modality,
        labels=labels,
        patients=np.arange(cases) // 2 * 2 + labels,
        clean=clean,
        attacked=attacked,
        calibration_scores=clean[::3],
        calibration_labels=labels[::3],
    )


def images(table: OutcomeTable) -> list[Image]:
    """Return the same scores, an object a case."""
    return [
        Image(
            int(table.labels[i]),
            int(table.patients[i]),
            float(table.clean[i]),
            {name: float(column[i]) for name, column in table.attacked.items()},
        )
        for i in range(len(table.labels))
    ]
