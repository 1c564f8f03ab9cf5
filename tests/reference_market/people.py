"""Who there is: practices, those who own them, payers, the network between them. Read this first.

Section names in docstrings are those of docs/explanation/market.md, from which alone this folder was written. The
order of reading: people, cases, beliefs, foresight, utility, audits, law, week.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

import networkx as nx

from tests.reference_market.beliefs import Belief

ACCESS = {"none": 0, "queries": 0, "black_box": 1, "white_box": 2}
LEAVES_FILE = {"none", "captures", "rotation", "lens_patch", "code_swap"}


def plain(data: Any) -> Any:
    """Return a section of a scenario with a number for each number and its source, keys as attributes."""
    if isinstance(data, Mapping):
        if "value" in data and "kind" in data:
            return data["value"]
        return SimpleNamespace(**{key: plain(value) for key, value in data.items()})
    return [plain(one) for one in data] if isinstance(data, list | tuple) else data


def named(data: Any) -> dict[str, Any]:
    """Return the entries of a section whose keys are names."""
    return {name: plain(one) for name, one in data.items()}


def cents(usd: float) -> int:
    """Return USD in whole cents (Notation)."""
    return round(usd * 100)


@dataclass
class Modality:
    """What an image is worth (The fees)."""

    prevalence: float
    fee: int
    fee_with: int
    care: float

    @property
    def stake(self) -> int:
        """D, in cents."""
        return self.fee_with - self.fee

    @staticmethod
    def of(spec: Any) -> Modality:
        """Read one by its payment model."""
        if spec.drg is not None:
            low, high = (spec.drg.base_rate * w for w in (spec.drg.weight_negative, spec.drg.weight_positive))
        else:
            low, high = spec.fee_negative, spec.fee_positive + spec.fee_negative * (spec.billed == "beside")
        return Modality(spec.prevalence, cents(low), cents(high), spec.care_cost)


@dataclass
class Owner:
    """The person who owns a practice (Practices and people)."""

    access: int
    reluctance: float
    beliefs: dict[tuple[str, int], Belief]
    tactic: str | None = None
    share: float = 0.0
    target: int | None = None
    equipped: set[str] = field(default_factory=set)
    ever_false: bool = False


@dataclass
class Standing:
    """How a practice stands under one law (Findings; The look-back; Probe)."""

    barred_week: int | None = None
    findings: list[tuple[int, int, bool]] = field(default_factory=list)  # week, payer, whether on a paid claim
    parts: dict[int, dict[int, list[int]]] = field(default_factory=dict)  # part -> payer -> billed, untrue, true, back
    stage: str = ""  # "probe", "case" or nothing
    due: int = -1
    tipped: bool = False
    agreement_until: int = -1
    dealt_with: int = -1
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    probe: Any = None
    case: Any = None


@dataclass
class Practice:
    """Whoever bills under one number, with what was counted of it."""

    row: int
    specialty: str
    spec: Any
    modality: Modality
    volume: float
    error_up: float
    error_down: float
    turn: int
    owner: Owner
    standing: list[Standing]
    neighbours: list[Practice] = field(default_factory=list)
    entered: int = 0
    accused_week: int = -1
    billing: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # payer, week -> claims, with the finding
    tip_claims: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def income(self) -> float:
        """Honest income a week, y, in USD (The fees)."""
        m = self.modality
        fees = m.prevalence * (m.fee_with / 100 - m.care) + (1 - m.prevalence) * m.fee / 100
        return self.volume * fees

    def barred_by(self, law: int) -> bool:
        """Whether it may bill to no payer under a law."""
        return self.standing[law].barred_week is not None


def new_owner(rng: Random, conduct: Any, beliefs: dict[tuple[str, int], Belief]) -> Owner:
    """Draw a person (Practices and people)."""
    u = rng.random()
    access = 2 if u < conduct.white_box_share else 1 if u < conduct.white_box_share + conduct.black_box_share else 0
    reluctance = conduct.reluctance_median * math.exp(conduct.reluctance_spread * rng.gauss(0, 1))
    return Owner(access, reluctance, beliefs)


def new_practice(rng: Random, row: int, name: str, spec: Any, modality: Modality, interval: int, laws: int) -> Practice:
    """Draw a practice; its owner comes later (Practices and people)."""
    skew, spread = spec.volume_skew, spec.coding_error_spread
    volume = spec.weekly_volume * math.exp(skew * rng.gauss(0, 1) - skew**2 / 2)
    factor = math.exp(spread * rng.gauss(0, 1) - spread**2 / 2)
    ups, downs = min(1, factor * spec.coding_error_up), min(1, factor * spec.coding_error_down)
    standing = [Standing() for _ in range(laws)]
    nobody: Any = None
    return Practice(row, name, spec, modality, volume, ups, downs, int(rng.random() * interval), nobody, standing)


def link(rng: Random, practices: list[Practice], spec: Any) -> None:
    """Draw the network (The network)."""
    n = len(practices)
    k = min(spec.neighbours, n - 1)
    if spec.kind != "small_world":
        raise NotImplementedError(spec.kind)
    graph = nx.watts_strogatz_graph(n, k - k % 2, spec.rewiring, seed=rng.randrange(2**32))
    if k % 2:
        graph.add_edges_from((row, (row + k // 2 + 1) % n) for row in range(0, n, 2))
    pieces = sorted(min(piece) for piece in nx.connected_components(graph))
    graph.add_edges_from(itertools.pairwise(pieces))
    for one in practices:
        one.neighbours = [practices[other] for other in sorted(graph[one.row])]
