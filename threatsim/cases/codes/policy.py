"""A payer's policy: edits on the codes of a claim, each of which denies it.

An edit with a source is documented there; the others are our own, after the kinds of edits that payers have. All of
them read what is written on the claim, so that another truthful description of the patient may pass where a careful
one is denied: that gap is in the policy, whatever classifier stands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from threatsim.cases.codes.book import SYNDROME
from threatsim.cases.codes.patient import Codes, share_unspecified

SERVICES: Final[Mapping[str, tuple[str, float]]] = {
    "99213": ("office visit, level 3", 90.0),
    "99214": ("office visit, level 4", 125.0),
    "99215": ("office visit, level 5", 175.0),
    "97802": ("nutrition therapy", 35.0),
    "93306": ("echocardiography", 195.0),
    "95810": ("sleep study", 600.0),
    "97110": ("therapeutic exercise", 29.0),
    "80061": ("lipid panel", 13.0),
}
"""CPT code -> what it is, and the usual charge (USD): assumed, the order of magnitude of Medicare's fees."""
TOO_MUCH: Final = 1.6
"""Times the usual charge beyond which a charge is denied."""


@dataclass(frozen=True)
class Line:
    """What a claim says beside its diagnoses.

    Attributes:
        service: CPT code, one of `SERVICES`.
        amount: charged (USD).
        age: of the patient (years).
    """

    service: str
    amount: float
    age: int


@dataclass(frozen=True)
class Edit:
    """A rule that denies a claim.

    Attributes:
        name: a short name.
        text: what it denies.
        denies: the rule.
        source: where it is documented; empty for our own.
    """

    name: str
    text: str
    denies: Callable[[Codes, Line], bool]
    source: str = ""


def _any(codes: Codes, *starts: str) -> bool:
    return any(code.startswith(starts) for code in codes)


def _diagnoses(codes: Codes) -> Codes:
    return frozenset(code for code in codes if not code.startswith("V"))


_MENTAL = ("296", "300", "311")
_SPECIFIC_HEART = ("413.9", "414.01", "427.31", "428.2")
_LIPID_PANEL = ("250", "272", "401", "403", "414", SYNDROME)
_CAUSES = {"357.2": "250.60", "362.01": "250.50", "583.81": "250.40"}

EDITS: Final[tuple[Edit, ...]] = (
    Edit(
        "syndrome_with_obesity",
        "metabolic syndrome billed together with obesity",
        lambda codes, line: SYNDROME in codes and _any(codes, "278.0"),
        "Endocrine Society's advice on billing, as Finlayson et al. cite it (Science 363:1287, 2019, figure)",
    ),
    Edit(
        "nutrition_without_cover",
        "nutrition therapy without diabetes or kidney disease",
        lambda codes, line: line.service == "97802" and not _any(codes, "250", "585", "403"),
        "Medicare's benefit: 42 CFR 410.132; decision memo CAG-00097N",
    ),
    Edit(
        "obesity_alone",
        "treatment of obesity alone",
        lambda codes, line: bool(_diagnoses(codes)) and all(c.startswith("278.0") for c in _diagnoses(codes)),
        "Medicare National Coverage Determination 40.5, treatment of obesity",
    ),
    Edit(
        "manifestation_without_cause",
        "a manifestation of diabetes without the diabetes that causes it",
        lambda codes, line: any(code in codes and cause not in codes for code, cause in _CAUSES.items()),
        "ICD-9-CM Official Guidelines for Coding and Reporting, section I.A.6",
    ),
    Edit(
        "hypertension_beside_kidney_disease",
        "hypertension and chronic kidney disease coded apart",
        lambda codes, line: _any(codes, "401") and _any(codes, "585"),
        "ICD-9-CM Official Guidelines for Coding and Reporting, section I.C.7.a.3",
    ),
    Edit(
        "echocardiography_unsupported",
        "echocardiography without a specific disease of the heart",
        lambda codes, line: line.service == "93306" and not _any(codes, *_SPECIFIC_HEART),
    ),
    Edit(
        "sleep_study_unsupported",
        "a sleep study without obstructive sleep apnoea",
        lambda codes, line: line.service == "95810" and "327.23" not in codes,
    ),
    Edit(
        "exercise_unsupported",
        "therapeutic exercise without a specific disease of back or joint",
        lambda codes, line: line.service == "97110" and not _any(codes, "722.52", "715.16"),
    ),
    Edit(
        "lipid_panel_unsupported",
        "a lipid panel without a disease that it monitors",
        lambda codes, line: line.service == "80061" and not _any(codes, *_LIPID_PANEL),
    ),
    Edit(
        "mental_disorder_at_a_medical_visit",
        "a medical visit of which half the diagnoses or more are mental disorders",
        lambda codes, line: (
            line.service.startswith("992") and 2 * sum(_any(frozenset({c}), *_MENTAL) for c in codes) >= len(codes)
        ),
    ),
    Edit(
        "mostly_unspecified",
        "more than half of the diagnoses unspecified",
        lambda codes, line: share_unspecified(codes) > 0.5,
    ),
    Edit(
        "level_unsupported",
        "a visit of level 4 with fewer than two diagnoses, or of level 5 with fewer than four",
        lambda codes, line: len(_diagnoses(codes)) < {"99214": 2, "99215": 4}.get(line.service, 0),
    ),
    Edit(
        "charge_too_high",
        "a charge far beyond the usual one",
        lambda codes, line: line.amount > TOO_MUCH * SERVICES[line.service][1],
    ),
)
"""The edits, the documented ones first."""


def denied_by(codes: Codes, line: Line) -> list[str]:
    """Name the edits that deny a claim; none if it is payable."""
    return [edit.name for edit in EDITS if edit.denies(codes, line)]


def payable(codes: Codes, line: Line) -> bool:
    """Return whether no edit denies the claim."""
    return not any(edit.denies(codes, line) for edit in EDITS)
