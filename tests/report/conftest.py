"""A made-up run record, complete and plausible, to lay out reports with. None of its figures is a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS
from threatsim.experiment.record.record import (
    ArmOutcome,
    AttackFigures,
    ClassifierFigures,
    PayerOutcome,
    RunRecord,
    SuccessCurve,
    SwapExample,
    TacticOutcome,
)
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.page.neighbours import ArmNeighbours, Beside
from threatsim.statistics.estimate import Difference, Estimate

TACTICS = (
    "code_only",
    "patch_natural",
    "patch_black_box",
    "patch_white_box",
    "pgd_black_box",
    "pgd_white_box",
)
ARMS = {
    "baseline": "Baseline",
    "audits_doubled": "Audits doubled",
    "hash_at_capture": "Hash at capture",
    "hardened_operating_point": "Hardened operating point",
}
PAYERS = {"public": 0.6, "commercial": 0.4}
WEEKS = 52
REPLICATES = 20
_ENDS = ("value", "low", "high")
T_975 = 2.093  # Student's t, 19 degrees of freedom

_LEVELS = {
    "fraud_payoff": (14_300.0, {"audits_doubled": -1_900.0, "hash_at_capture": -9_800.0}),
    "payer_loss": (2_410_000.0, {"audits_doubled": -212_000.0, "hash_at_capture": -1_630_000.0}),
    "net_benefit": (
        -2_949_000.0,
        {"audits_doubled": 71_000.0, "hash_at_capture": 1_608_000.0, "hardened_operating_point": -270_000.0},
    ),
    "control_cost": (388_000.0, {"audits_doubled": 141_000.0, "hash_at_capture": 22_000.0}),
    "detection_rate": (0.043, {"audits_doubled": 0.031, "hash_at_capture": 0.43}),
    "paid_rate": (0.71, {"hash_at_capture": -0.44, "hardened_operating_point": -0.03}),
    "false_accusations": (0.42, {"audits_doubled": 0.39}),
    "fraud_share": (0.031, {"audits_doubled": -0.002, "hash_at_capture": -0.012}),
    "fraud_providers": (0.17, {"audits_doubled": -0.011, "hash_at_capture": -0.05}),
    "honest_denied": (0.034, {"hardened_operating_point": 0.061, "hash_at_capture": 0.004}),
    "denied_value": (151_000.0, {"hardened_operating_point": 270_000.0}),
    "suppression_gain": (0.0, {}),
    "accepted_rate": (0.143, {"hash_at_capture": -0.011, "hardened_operating_point": -0.004}),
    "true_rate": (0.137, {}),
    "fraud_payoff_median": (4_200.0, {"audits_doubled": -900.0, "hash_at_capture": -4_100.0}),
    "fraud_payoff_losing": (0.23, {"audits_doubled": 0.05, "hash_at_capture": 0.31}),
    "payoff_less_income": (11_800.0, {"audits_doubled": -2_300.0, "hash_at_capture": -10_900.0}),
    "payoff_less_income_median": (3_900.0, {"audits_doubled": -900.0, "hash_at_capture": -4_200.0}),
    "payoff_less_income_losing": (0.25, {"audits_doubled": 0.05, "hash_at_capture": 0.32}),
    "net_benefit_per_million": (-38_200.0, {"audits_doubled": 920.0, "hash_at_capture": 20_800.0}),
    "beneficiary_loss": (412_000.0, {"audits_doubled": -31_000.0, "hash_at_capture": -288_000.0}),
    "treasury_fines": (96_000.0, {"audits_doubled": 21_000.0, "hash_at_capture": -61_000.0}),
    "stopped_rate": (0.29, {"hash_at_capture": 0.44, "hardened_operating_point": 0.03}),
    "found_rate": (0.013, {"audits_doubled": 0.011, "hash_at_capture": -0.002}),
    "deterred_rate": (0.0, {"audits_doubled": 0.06, "hash_at_capture": 0.33}),
    "innocent_share": (0.18, {"audits_doubled": 0.09, "hash_at_capture": -0.02}),
    "accused_share": (0.12, {"audits_doubled": 0.06, "hash_at_capture": 0.08}),
    "claims": (940.0, {"audits_doubled": -60.0, "hash_at_capture": -310.0}),
}


def _mean(values: NDArray[np.float64]) -> Estimate:
    half = T_975 * values.std(ddof=1) / np.sqrt(len(values))
    mean = values.mean()
    return Estimate(value=float(mean), low=float(mean - half), high=float(mean + half), n=len(values))


def _change(values: NDArray[np.float64]) -> Difference:
    return Difference(**dict(_mean(values)))


def _share(k: int, n: int) -> Estimate:
    p, z = k / n, 1.96
    centre, half = (p + z * z / 2 / n), z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return Estimate(
        value=p,
        low=float((centre - half) / (1 + z * z / n)),
        high=float((centre + half) / (1 + z * z / n)),
        n=n,
    )


def _quantity(value: float, unit: str, kind: str = "assumed", source: str = "", note: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": source, "kind": kind, "note": note}


def _scenario() -> dict[str, Any]:
    fees = "CMS Physician Fee Schedule 2025, national payment"

    def modality(finding: str, service: str, low: float, high: float, prevalence: dict[str, Any]) -> dict[str, Any]:
        return {
            "finding": finding,
            "service": service,
            "prevalence": prevalence,
            "fee_negative": _quantity(low, "USD", "measured", fees),
            "fee_positive": _quantity(high, "USD", "measured", fees),
            "care_cost": _quantity(0.6 * high, "USD"),
        }

    paper = "Finlayson et al., arXiv 1804.05296v3, section 3"
    return {
        "schema_version": 1,
        "name": "insurance_upcoding",
        "title": "Upcoding image claims past an automated triage model",
        "question": "What does image fraud pay providers and cost payers, and which control changes that?",
        "realism": "No payer is known to pay claims for medical images on a classifier today. Appeals and collusion "
        "between providers are left out.",
        "weeks": WEEKS,
        "replicates": REPLICATES,
        "seed": 20190204,
        "modalities": {
            "fundoscopy": modality(
                "referable retinopathy",
                "laser photocoagulation (CPT 67228)",
                35.58,
                325.73,
                _quantity(0.181, "share", "estimated", paper, "Share of positives in the test set."),
            ),
            "chest_xray": modality(
                "pneumothorax",
                "pleural catheter (CPT 32557)",
                32.67,
                618.47,
                _quantity(0.083, "share", "estimated", paper),
            ),
            "dermoscopy": modality(
                "melanoma",
                "Mohs surgery, first stage (CPT 17311)",
                95.75,
                661.16,
                _quantity(0.253, "share", "estimated", paper),
            ),
        },
        "providers": {
            name: {
                "modality": kind,
                "count": 100,
                "weekly_volume": _quantity(30, "per week"),
                "volume_skew": _quantity(0.5, "times"),
                "coding_error_up": _quantity(0.01, "share"),
                "coding_error_down": _quantity(0.01, "share"),
            }
            for name, kind in (
                ("ophthalmology", "fundoscopy"),
                ("radiology", "chest_xray"),
                ("dermatology", "dermoscopy"),
            )
        },
        "tactics": {
            name: {
                "attack": "none" if name == "code_only" else name.split("_")[0],
                "access": "none" if name in ("code_only", "patch_natural") else name.split("_", 1)[1],
                "setup_cost": _quantity(0 if name == "code_only" else 5_000, "USD"),
                "cost_per_claim": _quantity(2, "USD"),
            }
            for name in TACTICS
        },
        "payers": [
            {
                "name": "medicare_like",
                "share": _quantity(0.6, "share"),
                "audit": {
                    "random": _quantity(0.004, "share"),
                    "lag": _quantity(12, "weeks"),
                },
            },
            {
                "name": "commercial",
                "share": _quantity(0.4, "share"),
                "audit": {"random": _quantity(0.004, "share")},
            },
        ],
        "law": {
            "per_claim_penalty": _quantity(14_308, "USD", "measured", "31 U.S.C. 3729; 28 CFR 85.5, 2025 adjustment"),
            "findings_to_accuse": 3,
        },
        "arms": [{"name": name, "title": title, "set": {}} for name, title in ARMS.items()],
    }


def _series(rng: np.random.Generator, level: float, ramp: bool = True) -> list[float]:
    weeks = np.arange(WEEKS)
    shape = (1 - np.exp(-weeks / 8)) if ramp else np.ones(WEEKS)
    return [float(x) for x in np.maximum(0, level * shape * (1 + 0.05 * rng.standard_normal(WEEKS)))]


def _tactics(arm: str, rng: np.random.Generator, noise: NDArray[np.float64]) -> tuple[TacticOutcome, ...]:
    outcomes = []
    for rank, tactic in enumerate(TACTICS):
        weight = (0.4, 0.1, 0.5, 0.9, 0.6, 1.6)[rank]
        figures, differences = {}, {}
        for name in TACTIC_METRICS:
            if name == "weeks_to_detection":
                reached = tactic == "code_only" or (arm == "hash_at_capture" and tactic.startswith("patch"))
                figures[name] = (
                    Estimate(value=34.0, low=29.0, high=41.0, n=20)
                    if reached
                    else Estimate(value=None, low=47.0, high=None, n=20)
                )
                differences[name] = (
                    Difference(value=-4.0, low=-9.0, high=1.0, n=20)
                    if reached
                    else Difference(value=None, low=None, high=None, n=0)
                )
                continue
            level, effects = _LEVELS[name]
            weighted = level * (1.0 if TACTIC_METRICS[name].unit == "share" else weight)
            effect = effects.get(arm, 0.0) * weight * 0.4
            base = weighted * (1 + 0.1 * noise)
            figures[name] = _mean(base + effect + 0.04 * weighted * rng.standard_normal(REPLICATES))
            differences[name] = _change(effect + 0.04 * weighted * rng.standard_normal(REPLICATES))
        outcomes.append(
            TacticOutcome(tactic=tactic, outcomes=figures, differences={} if arm == "baseline" else differences)
        )
    return tuple(outcomes)


def _arm(name: str, title: str, noise: NDArray[np.float64], rng: np.random.Generator) -> ArmOutcome:
    outcomes, differences, replicates = {}, {}, {}
    for metric, row in ARM_METRICS.items():
        if metric == "weeks_to_detection":
            found = name in ("hash_at_capture", "audits_doubled")
            outcomes[metric] = (
                Estimate(value=31.0, low=28.0, high=None if name == "audits_doubled" else 35.0, n=20)
                if found
                else Estimate(value=None, low=45.0, high=None, n=20)
            )
            differences[metric] = Difference(value=None, low=None, high=None, n=0)
            replicates[metric] = [31.0 if found and i % 3 else None for i in range(REPLICATES)]
            continue
        if row.avoids and name == "baseline":
            outcomes[metric] = Estimate(value=None, low=None, high=None, n=0)
            replicates[metric] = [None] * REPLICATES
            continue
        level, effects = _LEVELS[metric]
        base = level * (1 + 0.08 * noise)
        own = effects.get(name, 0.0) + (0.02 * level * rng.standard_normal(REPLICATES) if name != "baseline" else 0.0)
        values = base + own
        replicates[metric] = [float(x) for x in values]
        outcomes[metric] = _mean(values)
        if name != "baseline" and not row.avoids:
            differences[metric] = _change(values - base)
    scale = {"hash_at_capture": 0.33, "audits_doubled": 0.9}.get(name, 1.0)
    accounts = {
        "providers": 2_900_000.0 * scale,
        "payers": -3_000_000.0 * scale - 388_000.0,
        "patients": -412_000.0 * scale,
        "reviewers": 380_000.0,
        "suppliers": 88_000.0 * scale,
    }
    accounts["treasury"] = -sum(accounts.values())
    false = {
        f"false_claims_{t}": _series(rng, 20 * scale * w)
        for t, w in zip(TACTICS, (0.4, 0.1, 0.5, 0.9, 0.6, 1.6), strict=True)
    }
    false_claims = [float(x) for x in np.sum(list(false.values()), axis=0)]
    detected = outcomes["detection_rate"].value or 0.0
    weekly = {
        "claims": _series(rng, 9_000, ramp=False),
        "false_claims": false_claims,
        "false_paid": [0.7 * x for x in false_claims],
        "findings": [0.0] * 12 + [detected * x + 3 for x in false_claims[:-12]],
        "false_findings": [0.0] * 12 + [3.0] * (WEEKS - 12),
        "accused": _series(rng, 0.3),
        "accused_honest": _series(rng, 0.02 if name != "audits_doubled" else 0.05),
        "paid": _series(rng, 1_500_000, ramp=False),
        "recouped": _series(rng, 5_000),
        "penalties": _series(rng, 9_000),
        **false,
    }
    return ArmOutcome(
        name=name,
        title=title,
        changes={}
        if name == "baseline"
        else {"payers.*.audit.random": 0.008}
        if name == "audits_doubled"
        else {"payers.*.integrity.hash_at_capture": True},
        outcomes=outcomes,
        differences={} if name == "baseline" else differences,
        replicates=replicates,
        tactics=_tactics(name, rng, noise),
        payers=tuple(_payer(payer, share, outcomes, differences) for payer, share in PAYERS.items()),
        accounts=accounts,
        weekly=weekly,
    )


def _payer(name: str, share: float, outcomes: dict[str, Estimate], differences: dict[str, Difference]) -> PayerOutcome:
    """A payer has its share of every figure of the arm, but as much per million."""

    def part(metric: str, one: Estimate) -> dict[str, Any]:
        of = 1.0 if metric == "net_benefit_per_million" else share
        ends = {end: None if value is None else of * value for end, value in dict(one).items() if end in _ENDS}
        return dict(one) | ends

    return PayerOutcome(
        payer=name,
        outcomes={metric: Estimate(**part(metric, outcomes[metric])) for metric in PAYER_METRICS},
        differences={
            metric: Difference(**part(metric, differences[metric])) for metric in PAYER_METRICS if metric in differences
        },
    )


def _classifier(modality: str, finding: str, auroc: float, shift: int) -> ClassifierFigures:
    def around(value: float, half: float, n: int = 400) -> Estimate:
        return Estimate(value=value, low=value - half, high=min(1.0, value + half), n=n)

    successes = {
        "patch_natural": 31,
        "patch_black_box": 92,
        "patch_white_box": 149,
        "pgd_black_box": 88,
        "pgd_white_box": 164,
    }
    return ClassifierFigures(
        modality=modality,
        finding=finding,
        network="ResNet-18 (MONAI), 0.7 million parameters",
        weights="4f2c" * 16,
        surrogate="9ab1" * 16,
        images="synthetic",
        real=False,
        pixels=64,
        cases=400,
        positives=200,
        threshold=0.423 - 0.05 * shift,
        auroc=around(auroc, 0.029),
        accuracy=around(auroc - 0.07, 0.035),
        confidence=around(0.86, 0.012),
        sensitivity=_share(171 - 3 * shift, 200),
        specificity=_share(166 + 2 * shift, 200),
        attacks=tuple(
            AttackFigures(
                tactic=tactic,
                technique={"white": "AML.T0043.000", "black": "AML.T0043.002"}.get(tactic.split("_")[1], ""),
                attack="PGD, epsilon 0.02 and step 0.01 on [-1, 1], 20 steps"
                if tactic.startswith("pgd")
                else "patch, diameter 0.4 of the width",
                success=_share(min(166 + 2 * shift, k + 2 * shift), 166 + 2 * shift),
                auroc=around(max(0.0, auroc - k / 170), 0.02),
                accuracy=around(max(0.0, auroc - 0.07 - k / 190), 0.03),
                confidence=around(0.95, 0.01),
            )
            for tactic, k in successes.items()
        ),
        curves=tuple(
            SuccessCurve(
                tactic=tactic,
                asked=2.0,
                budgets=(1.0, 2.0, 4.0, 8.0, 16.0),
                success=tuple(_share(min(48, start + 9 * i), 48) for i in range(5)),
                cases=48,
            )
            for tactic, start in (("pgd_black_box", 12), ("pgd_white_box", 21))
        ),
    )


def made_up_record() -> RunRecord:
    """The record: 3 modalities, 4 arms, 6 tactics, 52 weeks, 20 replicates."""
    rng = np.random.default_rng(7)
    noise = rng.standard_normal(REPLICATES)
    return RunRecord(
        record_version=1,
        run_id="3fa94c01d7be",
        inputs_fingerprint="3fa94c01d7be" + "0" * 52,
        results_fingerprint="b81d" * 16,
        versions={
            "threatsim": "0.1.0",
            "python": "3.11.2",
            "torch": "2.13.0",
            "mesa": "3.3.1",
            "numpy": "2.2.0",
        },
        device="cpu",
        seed=20190204,
        replicates=REPLICATES,
        scenario=_scenario(),
        number_kinds={"measured": 7, "estimated": 3, "assumed": 33},
        classifiers=(
            _classifier("fundoscopy", "referable retinopathy", 0.912, 0),
            _classifier("chest_xray", "pneumothorax", 0.938, 1),
            _classifier("dermoscopy", "melanoma", 0.861, 2),
        ),
        arms=tuple(_arm(name, title, noise, rng) for name, title in ARMS.items()),
    )


def made_up_gallery() -> list[GalleryItem]:
    """Three pictures altered by a known perturbation, one for each modality."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:64, 0:64] / 63
    items = []
    for i, modality in enumerate(("fundoscopy", "chest_xray", "dermoscopy")):
        disc = np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) * (4 + 3 * i))
        original = np.stack([200 * disc, 120 * disc + 30 * x, 60 + 50 * y * disc])
        attacked = original + rng.integers(-3, 4, size=original.shape)
        items.append(
            GalleryItem(
                modality=modality,
                tactic="pgd_white_box",
                title=f"{modality} case {i}",
                original=np.clip(original, 0, 255).astype(np.uint8),
                attacked=np.clip(attacked, 0, 255).astype(np.uint8),
                score_before=0.083 + 0.02 * i,
                score_after=0.947 - 0.3 * i,
                threshold=0.423,
                truth=False,
            )
        )
    return items


def made_up_network(record: RunRecord) -> list[ArmNeighbours]:
    """Forty practices of every conduct in each arm."""
    return [
        ArmNeighbours(arm.title, 30 - i, 2, 10 + i, 3 + i, Beside(4 + i, 40 + 4 * i), Beside(21, 120 - 4 * i))
        for i, arm in enumerate(record.arms)
    ]


@pytest.fixture(scope="session")
def network(record: RunRecord) -> list[ArmNeighbours]:
    """The made-up referral network."""
    return made_up_network(record)


@pytest.fixture(scope="session")
def record() -> RunRecord:
    """The made-up run."""
    return made_up_record()


@pytest.fixture(scope="session")
def gallery() -> list[GalleryItem]:
    """The made-up gallery."""
    return made_up_gallery()


@pytest.fixture(scope="session")
def rich_record(record: RunRecord) -> RunRecord:
    """The made-up run with what only some runs have: controls on the picture, claims of codes, an unknown figure."""
    share = Estimate(value=0.12, low=0.1, high=0.15, n=200)
    swap = SwapExample(
        tactic="swap_white_box",
        service="MRI | lumbar",
        before=("M54.5 Low back pain",),
        after=("M54.4 Lumbago with sciatica", "G89.4 Chronic pain"),
        score_before=0.2,
        score_after=0.9,
        denied_before=("conservative_care",),
        denied_after=(),
    )
    first, *others = record.classifiers
    attacks = tuple(attack.model_copy(update={"flagged": {"Duplicate search": share}}) for attack in first.attacks)
    update = {"false_alarms": {"Duplicate search": share}, "attacks": attacks, "examples": (swap,)}
    # A figure that no replicate has leaves a chart with marks of which there are none.
    unknown = {"honest_denied": Difference(value=None, low=None, high=None, n=0)}
    arms = [arm.model_copy(update={"differences": {**arm.differences, **unknown}}) for arm in record.arms[1:]]
    return record.model_copy(
        update={"classifiers": (first.model_copy(update=update), *others), "arms": (record.arms[0], *arms)}
    )
