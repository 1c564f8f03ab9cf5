"""Sets of claims, what a classifier reads of one, and the generator of claims."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from threatsim.cases.codes.book import ASIDE, CODES, CONDITIONS
from threatsim.cases.codes.patient import Chart, Choice, Codes
from threatsim.cases.codes.policy import SERVICES, Line, payable
from threatsim.common.arithmetic.portable import exp, log

SOURCE = "generated claims"
"""What a report says of where claims come from."""
FEATURES = len(CODES) + len(SERVICES) + 2
"""Length of what a classifier reads of a claim."""
_PLACE = {code: place for place, code in enumerate((*CODES, *SERVICES))}
_METABOLIC = 0.35  # share of patients in whom the components of the syndrome gather (assumed; 34 % of adults have it)
_GATHERED = 2.2  # times as common there, up to 0.9; rarer in the others, so that the shares of all stay
_DIAGNOSED = 0.3
"""Share of the patients who meet the criteria in whose chart the syndrome is named: assumed, and high, so that there is
something to learn; Ford (Diabetes Care, 2005) found the code hardly ever used."""
_ATTEMPTS = 10_000


@dataclass(frozen=True)
class Claim:
    """One claim: the patient's chart, the line that is billed, and the codes that are written."""

    chart: Chart
    line: Line
    codes: Codes

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all of it: the content address of a claim."""
        line = self.line
        chart = self.chart
        parts = [chart.conditions, chart.aside, chart.has_syndrome, line.service, line.amount, line.age]
        parts.append(sorted(self.codes))
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class ClaimSet:
    """Claims with their labels.

    Attributes:
        claims: as they were coded.
        labels: (N,) int8; 1 where the payer's policy pays the claim as coded.
        past: (N,) int8; what was decided in the past, which is wrong now and then.
        case_ids: (N,) a name for each, unique in the set; every claim is of a patient of its own.
        source: where they come from, in words for a report.
    """

    claims: tuple[Claim, ...]
    labels: NDArray[np.int8]
    past: NDArray[np.int8]
    case_ids: tuple[str, ...]
    source: str = field(default=SOURCE)

    def __len__(self) -> int:
        return len(self.claims)

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """(N,) the patient of each claim."""
        return self.case_ids

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """(N,) the content address of each claim."""
        return tuple(claim.fingerprint for claim in self.claims)

    def subset(self, rows: Sequence[int]) -> ClaimSet:
        """Return the claims at these rows, in this order."""
        index = np.asarray(rows, dtype=np.int64)
        return ClaimSet(
            claims=tuple(self.claims[i] for i in index),
            labels=self.labels[index],
            past=self.past[index],
            case_ids=tuple(self.case_ids[i] for i in index),
            source=self.source,
        )

    @property
    def features(self) -> NDArray[np.float32]:
        """(N, FEATURES) what a classifier reads."""
        return features((claim.codes, claim.line) for claim in self.claims)


def features(claims: Iterable[tuple[Codes, Line]]) -> NDArray[np.float32]:
    """Write claims as (N, FEATURES): 1 for each code and for the service, then log charge and age, on about 0 to 1.

    The patient's chart is not among them: the payer sees the claim.
    """
    rows, charges = [], []
    for codes, line in claims:
        row = np.zeros(FEATURES, np.float32)
        row[[_PLACE[code] for code in codes]] = 1
        row[_PLACE[line.service]] = 1
        charges.append(line.amount / SERVICES[line.service][1])
        row[-1] = line.age / 100
        rows.append(row)
    table = np.array(rows, np.float32).reshape(-1, FEATURES)
    table[:, -2] = log(charges) + 0.5
    return table


def generate(
    count: int,
    *,
    seed: int,
    split: str,
    payable_share: float | None = None,
    varied: float = 0.0,
    mistaken: float = 0.0,
) -> ClaimSet:
    """Draw claims; claim i is the same whatever it is drawn with.

    Args:
        count: number of claims.
        seed: of the whole data set; `split` separates streams under it.
        payable_share: share of claims that the policy pays; as it falls out if None.
        varied: share of conditions that are not coded carefully but by some other truthful code.
        mistaken: share of the past decisions that are not the policy's.

    Returns:
        The claims, coded carefully where `varied` is 0.
    """
    claims, past = [], []
    stream = zlib.crc32(split.encode())
    for index in range(count):
        rng = np.random.default_rng([seed, stream, index])
        wanted = None if payable_share is None else bool(rng.random() < payable_share)
        claim = _draw(rng, wanted, varied)
        claims.append(claim)
        past.append(payable(claim.codes, claim.line) != bool(rng.random() < mistaken))
    labels = np.array([payable(claim.codes, claim.line) for claim in claims], np.int8)
    names = tuple(f"claim-{split}-{seed}-{index:06d}" for index in range(count))
    return ClaimSet(tuple(claims), labels, np.array(past, np.int8), names)


def _draw(rng: np.random.Generator, wanted: bool | None, varied: float) -> Claim:
    for _ in range(_ATTEMPTS):
        chart = _patient(rng)
        line = _line(rng, chart)
        claim = Claim(chart, line, chart.codes(_coded(rng, chart, varied)))
        if wanted is None or payable(claim.codes, line) == wanted:
            return claim
    raise ValueError("no such claim came up")  # a policy that pays all claims, or none


def _patient(rng: np.random.Generator) -> Chart:
    """Draw a patient with at least two conditions; the components of the syndrome gather in some."""
    while True:
        gathered = rng.random() < _METABOLIC
        found = []
        for names in _DOMAINS.values():
            drawn, reached = rng.random(), 0.0
            for name in names:
                reached += _share(name, gathered)
                if drawn < reached:
                    found.append(name)
                    break
        aside = tuple(code for code, share in ASIDE.items() if rng.random() < share)
        if len(found) >= 2:
            chart = Chart(tuple(found), aside)
            named = chart.meets_criteria and bool(rng.random() < _DIAGNOSED)
            return replace(chart, has_syndrome=True) if named else chart


def _by_domain() -> dict[str, list[str]]:
    domains: dict[str, list[str]] = {}
    for name, condition in CONDITIONS.items():
        domains.setdefault(condition.domain, []).append(name)
    return domains


_DOMAINS = _by_domain()


def _share(name: str, gathered: bool) -> float:
    condition = CONDITIONS[name]
    if not (condition.criterion or condition.component):
        return condition.share
    total = sum(CONDITIONS[other].share for other in _DOMAINS[condition.domain])
    high = min(0.9, _GATHERED * total)
    low = (total - _METABOLIC * high) / (1 - _METABOLIC)
    return condition.share / total * (high if gathered else low)


_CALLS_FOR = {
    "97802": ("weight", "glucose", "kidney", "cholesterol"),
    "93306": ("heart", "rhythm", "pressure"),
    "95810": ("sleep",),
    "97110": ("back", "joint"),
    "80061": ("cholesterol", "triglycerides", "hdl", "weight", "thyroid"),
}
_SERVICE_SHARE = 0.4  # of claims that are for one of the services above, where the patient has reason for one (assumed)


def _line(rng: np.random.Generator, chart: Chart) -> Line:
    domains = {CONDITIONS[name].domain for name in chart.conditions}
    possible = [service for service, reasons in _CALLS_FOR.items() if domains & set(reasons)]
    service = str(rng.choice(["99213", "99214", "99215"], p=[0.4, 0.45, 0.15]))
    if possible and rng.random() < _SERVICE_SHARE:
        service = possible[int(rng.integers(len(possible)))]
    # The generator's normal numbers hold an exp or log of the C library in one of eighty, of which one in three
    # thousand shows it, in its last bit. Whole cents and years hide that bit.
    amount = round(SERVICES[service][1] * float(exp(0.22 * rng.standard_normal())), 2)
    return Line(service, amount, int(np.clip(56 + 16 * rng.standard_normal(), 18, 95)))


def _coded(rng: np.random.Generator, chart: Chart, varied: float) -> Choice:
    choice = chart.careful
    if not varied:
        return choice
    for slot in range(len(choice)):
        if rng.random() < varied:
            others = [moved for moved in chart.moves(choice) if moved[slot] != choice[slot]]
            choice = others[int(rng.integers(len(others)))] if others else choice
    return choice
