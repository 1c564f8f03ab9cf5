"""A market of 20 providers and 4 weeks in which as much happens as such a market has room for."""

from __future__ import annotations

from typing import Any, Final

from threatsim.scenario.schema import Scenario

RULES: Final = ("best_response", "logit", "fictitious_play", "bandit")
"""Every rule of conduct."""
PROBE_CONTROLS: Final = ("duplicate_search", "same_patient", "gaussian")
"""The controls on the picture that its payers use."""


def probe_scenario(rule: str) -> Scenario:
    """Return the scenario under one rule of conduct. Nothing in it is meant to be likely."""
    data: dict[str, Any] = {
        "schema_version": 1,
        "name": "probe",
        "title": "A small market",
        "question": "Does it come out the same here?",
        "weeks": 4,
        "replicates": 2,
        "seed": 1,
        "modalities": {
            "fundoscopy": _modality("retinopathy", "laser", 0.25, (36.5, 412.25)),
            "chest_xray": _modality("pneumothorax", "drain", 0.05, (33, 800)),
        },
        "providers": {"eye": _group("fundoscopy", 12, 30), "chest": _group("chest_xray", 8, 45)},
        "tactics": {
            "code_only": {"attack": "none", "setup_cost": 0, "cost_per_claim": 0},
            "substitution": {"attack": "substitution", "setup_cost": 0, "cost_per_claim": 2},
            "square": _noise("square", "queries") | {"queries": 50},
            "pgd": _noise("pgd", "white_box") | {"step": 0.01, "steps": 20},
        },
        "conduct": {
            "rule": rule,
            "precision": 3,
            "exploration": 0.3,
            "decision_interval": 1,
            "shares": [0, 0.1, 0.3],
            "reluctance_median": 60,
            "reluctance_spread": 0.8,
            "greed_penalty": 1,
            "white_box_share": 0.4,
            "black_box_share": 0.3,
            "belief_paid": 0.6,
            "belief_detected": 0.02,
            "belief_weight": 20,
            "neighbour_weight": 0.5,
            "care_delivered": 0.2,
        },
        "payers": [_payer("public", 0.6, _PUBLIC), _payer("private", 0.4, _PRIVATE)],
        "law": {
            "probe": {"after_findings": 1, "window": 3, "claims": 6, "tolerated_rate": 0.1, "lag": 0},
            "damages": 3,
            "per_claim_penalty": 10,
            "collected": {"extrapolated": 0.5, "penalties": 0.5},
            "suspension": 0.5,
            "resolution_lag": 1,
            "settlement": {"share": 0.5, "multiple": 2},
            "liability": 0.02,
            "exclusion": 0.2,
            "integrity_agreement": {"weeks": 4, "audits": 2},
            "extrapolate": True,
            "tips": {"fraud": 0.5, "honest": 0.05},
            "appeals": {"filed": 0.5, "overturned_supported": 0.8, "overturned_unsupported": 0.1, "cost": 100},
        },
        "referral_network": {"kind": "small_world", "neighbours": 4, "rewiring": 0.1},
        "arms": [{"name": "baseline", "title": "Baseline"}],
    }
    return Scenario.model_validate(data)


_PUBLIC: Final[dict[str, Any]] = {
    "integrity": {
        "duplicate_search": {"false_alarm": 0.02, "on_hit": "pend", "recognised": 0.7},
        "same_patient": {"false_alarm": 0.05, "known": 0.5},
    },
    "adaptation": {"best_reply": {"most": 0.3, "precision": 2.0}},
}
_PRIVATE: Final[dict[str, Any]] = {
    "integrity": {"detector": {"kind": "gaussian", "false_alarm": 0.05, "on_hit": "mark"}},
    "adaptation": {
        "raise_audits": {"above": 0.1, "factor": 2, "window": 2},
        "move_threshold": {"after_findings": 3, "operating_point": {"specificity": 0.95}},
        "harden": {"after_findings": 5},
    },
}


def _modality(finding: str, service: str, prevalence: float, fees: tuple[float, float]) -> dict[str, Any]:
    return {
        "finding": finding,
        "service": service,
        "prevalence": prevalence,
        "fee_negative": fees[0],
        "fee_positive": fees[1],
        "care_cost": 150,
    }


def _group(modality: str, count: int, volume: int) -> dict[str, Any]:
    return {
        "modality": modality,
        "count": count,
        "weekly_volume": volume,
        "volume_skew": 0.5,
        "coding_error_up": 0.02,
        "coding_error_down": 0.03,
        "coding_error_spread": 0.4,
        "vacancy": 1,
    }


def _noise(attack: str, access: str) -> dict[str, Any]:
    return {"attack": attack, "access": access, "epsilon": 0.02, "setup_cost": 100, "cost_per_claim": 1}


def _payer(name: str, share: float, controls: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "share": share,
        "triage": {"operating_point": {"sensitivity": 0.9}, "below": "pend"},
        "readers": {
            "capacity": 25,
            "overflow": "pay",
            "sensitivity": 0.9,
            "specificity": 0.95,
            "patch_seen": 0.8,
            "second_look": 0.1,
            "appealed": 0.2,
            "cost": 20,
        },
        "audit": {
            "random": 0.1,
            "targeted": 0.1,
            "network": 0.05,
            "flagged": 0.1,
            "budget": 30,
            "outlier_score": 1.5,
            "window": 2,
            "lag": 1,
            "sensitivity": 0.9,
            "specificity": 0.95,
            "cost": 100,
        },
        **controls,
    }
