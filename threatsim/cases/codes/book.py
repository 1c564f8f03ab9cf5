"""The code book: ICD-9-CM diagnosis codes of an internal medicine practice, and which of them describe a condition.

Codes and their meanings are those of ICD-9-CM, the classification of the claims example of Finlayson et al. (Science
363:1287, 2019, figure; arXiv 1804.05296v3, section 2.2). Which conditions there are, and which codes a truthful coder
may choose between, is our own construction after its conventions: a specific code and the unspecified ones above it, a
disease and its symptom, a syndrome and its components, a manifestation with the disease that causes it.

The figure labels 401.0 hypertension and 272.2 hyperglyceridaemia; the classification calls them malignant essential
hypertension and mixed hyperlipidaemia. The codes are kept, with the classification's names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "244.9": "hypothyroidism, unspecified",
    "245.2": "chronic lymphocytic thyroiditis",
    "246.9": "disorder of thyroid, unspecified",
    "250.00": "type II diabetes without complication, not stated as uncontrolled",
    "250.02": "type II diabetes without complication, uncontrolled",
    "250.40": "type II diabetes with renal manifestations",
    "250.50": "type II diabetes with ophthalmic manifestations",
    "250.60": "type II diabetes with neurological manifestations",
    "250.90": "type II diabetes with unspecified complication",
    "268.9": "vitamin D deficiency, unspecified",
    "272.0": "pure hypercholesterolaemia",
    "272.1": "pure hyperglyceridaemia",
    "272.2": "mixed hyperlipidaemia",
    "272.4": "other and unspecified hyperlipidaemia",
    "272.5": "lipoprotein deficiencies",
    "272.9": "disorder of lipoid metabolism, unspecified",
    "274.9": "gout, unspecified",
    "277.7": "dysmetabolic syndrome X",
    "278.00": "obesity, unspecified",
    "278.01": "morbid obesity",
    "278.02": "overweight",
    "280.9": "iron deficiency anaemia, unspecified",
    "285.9": "anaemia, unspecified",
    "296.20": "major depression, single episode, unspecified",
    "296.22": "major depression, single episode, moderate",
    "300.00": "anxiety state, unspecified",
    "300.02": "generalised anxiety disorder",
    "300.4": "dysthymic disorder",
    "305.1": "tobacco use disorder",
    "311": "depressive disorder, not elsewhere classified",
    "327.23": "obstructive sleep apnoea",
    "357.2": "polyneuropathy in diabetes",
    "362.01": "background diabetic retinopathy",
    "401.0": "malignant essential hypertension",
    "401.1": "benign essential hypertension",
    "401.9": "essential hypertension, unspecified",
    "403.90": "hypertensive chronic kidney disease, unspecified",
    "413.9": "angina pectoris, other and unspecified",
    "414.00": "coronary atherosclerosis of unspecified vessel",
    "414.01": "coronary atherosclerosis of native artery",
    "414.9": "chronic ischaemic heart disease, unspecified",
    "427.31": "atrial fibrillation",
    "427.9": "cardiac dysrhythmia, unspecified",
    "428.0": "congestive heart failure, unspecified",
    "428.20": "systolic heart failure, unspecified",
    "428.22": "chronic systolic heart failure",
    "428.9": "heart failure, unspecified",
    "429.2": "cardiovascular disease, unspecified",
    "429.9": "heart disease, unspecified",
    "530.11": "reflux oesophagitis",
    "530.81": "oesophageal reflux",
    "571.8": "chronic nonalcoholic liver disease, other",
    "573.9": "disorder of liver, unspecified",
    "583.81": "nephropathy in diseases classified elsewhere",
    "585.3": "chronic kidney disease, stage III",
    "585.4": "chronic kidney disease, stage IV",
    "585.9": "chronic kidney disease, unspecified",
    "593.9": "disorder of kidney and ureter, unspecified",
    "715.16": "osteoarthrosis, primary, lower leg",
    "715.96": "osteoarthrosis, unspecified, lower leg",
    "719.46": "pain in joint, lower leg",
    "722.52": "degeneration of lumbar disc",
    "724.2": "lumbago",
    "724.5": "backache, unspecified",
    "780.52": "insomnia, unspecified",
    "780.53": "hypersomnia with sleep apnoea, unspecified",
    "780.57": "sleep apnoea, unspecified",
    "780.79": "other malaise and fatigue",
    "787.1": "heartburn",
    "790.21": "impaired fasting glucose",
    "790.22": "impaired glucose tolerance",
    "790.29": "other abnormal glucose",
    "790.4": "raised transaminase",
    "791.0": "proteinuria",
    "796.2": "raised blood pressure reading without diagnosis of hypertension",
    "V17.49": "family history of cardiovascular disease",
    "V18.0": "family history of diabetes",
    "V58.69": "long-term use of other medication",
    "V85.35": "body mass index 35.0 to 35.9",
    "V85.41": "body mass index 40.0 to 44.9",
}
"""Code -> what it says, in the order of the classification."""

UNSPECIFIED: Final = frozenset(
    code for code, words in CODES.items() if "unspecified" in words and code not in {"278.00", "274.9", "268.9"}
) | {"719.46", "780.79", "787.1", "790.4", "790.29", "311"}
"""Codes that say less than could be known: unspecified forms and symptoms. Obesity, gout and vitamin D deficiency have
no more specific form in this book."""

SYNDROME: Final = "277.7"


@dataclass(frozen=True)
class Condition:
    """Something that a patient has.

    Attributes:
        domain: what it is a kind of; a patient has at most one condition of a domain.
        share: of adults, or of this practice's patients, who have it.
        codings: the code sets that describe it truthfully; the first is a careful coder's.
        criterion: which of the five ATP III criteria of the metabolic syndrome it meets, or empty.
        component: whether the syndrome's code may stand for it.
    """

    domain: str
    share: float
    codings: tuple[frozenset[str], ...]
    criterion: str = ""
    component: bool = False


def _c(domain: str, share: float, *codings: str, criterion: str = "", component: bool = False) -> Condition:
    return Condition(domain, share, tuple(frozenset(coding.split()) for coding in codings), criterion, component)


# Shares of the components sum, domain by domain, to those of US adults in NHANES 2009-2010 (Beltrán-Sánchez et al.,
# J Am Coll Cardiol 62:697, 2013): blood pressure 24.0 %, triglycerides 24.3 %, glucose 19.9 %, waist 56.1 %. HDL and
# how a domain is split, and all other shares, are assumed; who has fewer than two conditions is then left out. That
# codes for symptoms stand for a depression is Rost et al. (Arch Fam Med 3:333, 1994): 50.3 % of primary care physicians
# had done so within two weeks.
CONDITIONS: Final[Mapping[str, Condition]] = {
    "benign hypertension": _c("pressure", 0.18, "401.1", "401.9", criterion="pressure", component=True),
    "malignant hypertension": _c("pressure", 0.02, "401.0", "401.9", criterion="pressure", component=True),
    "raised pressure reading": _c("pressure", 0.04, "796.2", criterion="pressure", component=True),
    "hypercholesterolaemia": _c("cholesterol", 0.20, "272.0", "272.4", "272.9", component=True),
    "hyperglyceridaemia": _c(
        "triglycerides", 0.123, "272.1", "272.4", "272.9", criterion="triglycerides", component=True
    ),
    "mixed hyperlipidaemia": _c(
        "triglycerides", 0.12, "272.2", "272.4", "272.9", criterion="triglycerides", component=True
    ),
    "low HDL": _c("hdl", 0.20, "272.5", "272.9", criterion="hdl", component=True),
    "overweight": _c("weight", 0.13, "278.02", criterion="waist"),
    "obesity": _c("weight", 0.36, "278.00", "278.00 V85.35", criterion="waist"),
    "morbid obesity": _c("weight", 0.07, "278.01 V85.41", "278.01", "278.00", criterion="waist"),
    "impaired fasting glucose": _c("glucose", 0.06, "790.21", "790.29", criterion="glucose", component=True),
    "impaired glucose tolerance": _c("glucose", 0.02, "790.22", "790.29", criterion="glucose", component=True),
    "diabetes": _c("glucose", 0.05, "250.00", criterion="glucose"),
    "uncontrolled diabetes": _c("glucose", 0.03, "250.02", "250.00", criterion="glucose"),
    "diabetic neuropathy": _c("glucose", 0.015, "250.60 357.2", "250.60", "250.90", "357.2", criterion="glucose"),
    "diabetic retinopathy": _c("glucose", 0.012, "250.50 362.01", "250.50", "250.90", "362.01", criterion="glucose"),
    "diabetic nephropathy": _c("glucose", 0.012, "250.40 583.81", "250.40", "250.90", "583.81", criterion="glucose"),
    "kidney disease, stage III": _c("kidney", 0.06, "585.3", "585.9", "593.9"),
    "kidney disease, stage IV": _c("kidney", 0.02, "585.4", "585.9", "593.9"),
    "proteinuria": _c("kidney", 0.03, "791.0"),
    "heart disease": _c("heart", 0.06, "429.9", "429.2"),
    "coronary atherosclerosis": _c("heart", 0.06, "414.01", "414.00", "414.9", "429.2", "429.9"),
    "angina": _c("heart", 0.03, "413.9 414.01", "413.9", "414.01", "414.9", "429.9"),
    "systolic heart failure": _c("heart", 0.03, "428.22", "428.20", "428.0", "428.9", "429.9"),
    "atrial fibrillation": _c("rhythm", 0.04, "427.31", "427.9"),
    "fatty liver": _c("liver", 0.08, "571.8", "573.9", "790.4"),
    "sleep apnoea": _c("sleep", 0.10, "327.23", "780.57", "780.53"),
    "hypothyroidism": _c("thyroid", 0.05, "244.9", "246.9"),
    "lymphocytic thyroiditis": _c("thyroid", 0.02, "245.2", "246.9"),
    "disc degeneration": _c("back", 0.06, "722.52", "724.2", "724.5"),
    "low back pain": _c("back", 0.08, "724.2", "724.5"),
    "knee osteoarthrosis": _c("joint", 0.10, "715.16", "715.96", "719.46"),
    "moderate depression": _c("mood", 0.06, "296.22", "296.20", "311", "780.79", "780.52"),
    "dysthymia": _c("mood", 0.03, "300.4", "311", "780.79", "780.52"),
    "generalised anxiety": _c("anxiety", 0.05, "300.02", "300.00"),
    "tobacco use": _c("tobacco", 0.15, "305.1"),
    "gout": _c("gout", 0.04, "274.9"),
    "reflux": _c("stomach", 0.10, "530.81", "787.1"),
    "reflux oesophagitis": _c("stomach", 0.03, "530.11", "530.81", "787.1"),
    "iron deficiency": _c("blood", 0.03, "280.9", "285.9"),
    "anaemia": _c("blood", 0.03, "285.9"),
    "vitamin D deficiency": _c("vitamin", 0.06, "268.9"),
}
"""What patients have, by name."""

ASIDE: Final[Mapping[str, float]] = {"V17.49": 0.2, "V18.0": 0.2, "V58.69": 0.4}
"""Codes that are true of a share of patients (assumed) and may be added to a claim or left out."""

HYPERTENSION: Final = frozenset({"benign hypertension", "malignant hypertension"})
KIDNEY_DISEASE: Final = frozenset({"kidney disease, stage III", "kidney disease, stage IV"})
HYPERTENSIVE_KIDNEY: Final = "403.90"
"""With both, the classification presumes one disease (ICD-9-CM Official Guidelines, I.C.7.a.3)."""
CRITERIA_FOR_SYNDROME: Final = 3
"""Of the five of ATP III (NCEP Expert Panel, JAMA 285:2486, 2001)."""
