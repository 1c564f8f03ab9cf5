"""Who there is: practices, their owners, what these believe, the network between them. Read this first.

Names in brackets are sections of docs/explanation/market.md, from which alone this folder was written. The order of
reading: people, cases, foresight, utility, audits, law, week.
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

ACCESS = {"none": 0, "black_box": 1, "white_box": 2}


def plain(data: Any) -> Any:
    """Return a section of a scenario with a number for each number and its source, keys as attributes."""
    if isinstance(data, Mapping):
        if "value" in data and "kind" in data:
            return data["value"]
        return SimpleNamespace(**{key: plain(value) for key, value in data.items()})
    return [plain(one) for one in data] if isinstance(data, list | tuple) else data


class Modality:
    """What an image is worth, in cents (The fees)."""

    def __init__(self, spec: Any) -> None:
        low, high = spec.fee_negative, spec.fee_positive
        if spec.drg is not None:
            low, high = (spec.drg.base_rate * one for one in (spec.drg.weight_negative, spec.drg.weight_positive))
        elif spec.billed == "beside":
            high += low
        self.prevalence, self.care = spec.prevalence, spec.care_cost
        self.fee, self.fee_with = round(low * 100), round(high * 100)
        self.stake = self.fee_with - self.fee


class Belief:
    """Three Beta beliefs on a tactic: prior means, their weight, successes and trials (Beliefs)."""

    def __init__(self, prior: dict[str, float], weight: float) -> None:
        self.prior, self.weight = prior, weight
        self.successes, self.trials = dict.fromkeys(prior, 0.0), dict.fromkeys(prior, 0.0)

    def mean(self, kind: str) -> float:
        return pooled([self], kind)

    def fade(self, factor: float) -> None:
        for kind in self.prior:
            self.successes[kind] *= factor
            self.trials[kind] *= factor

    def see(self, kind: str, trials: float, successes: float) -> None:
        self.trials[kind] += trials
        self.successes[kind] += successes


def pooled(beliefs: list[Belief], kind: str) -> float:
    """Return what several together believe."""
    below = sum(one.weight + one.trials[kind] for one in beliefs)
    above = sum(one.prior[kind] * one.weight + one.successes[kind] for one in beliefs)
    return above / below if below else beliefs[0].prior[kind]


def of_the_trade(practices: list[Practice]) -> dict[str, Belief]:
    """Return a newcomer's beliefs by tactic (A newcomer's)."""
    found = {}
    for tactic, example in practices[0].owner.beliefs.items():
        these = [one.owner.beliefs[tactic] for one in practices]
        found[tactic] = Belief({kind: pooled(these, kind) for kind in example.prior}, example.weight)
    return found


class Owner:
    """The person who owns a practice (Practices and people)."""

    def __init__(self, rng: Random, conduct: Any, beliefs: dict[str, Belief]) -> None:
        u, white = rng.random(), conduct.white_box_share
        self.access = 2 if u < white else 1 if u < white + conduct.black_box_share else 0
        self.reluctance = conduct.reluctance_median * math.exp(conduct.reluctance_spread * rng.gauss(0, 1))
        self.beliefs = beliefs
        self.tactic: str | None = None
        self.share = 0.0
        self.equipped: set[str] = set()
        self.ever_false = False


@dataclass
class Standing:
    """How a practice stands under one law (Findings; The look-back; Probe)."""

    barred_week: int | None = None
    findings: list[tuple[int, int, bool]] = field(default_factory=list)  # week, payer, whether on a paid claim
    parts: dict[int, dict[int, list[int]]] = field(default_factory=dict)  # part, payer: billed, untrue, true, back
    stage: str = ""  # "probe", "case" or nothing
    due: int = -1
    tipped: bool = False
    agreement_until: int = -1
    dealt_with: int = -1
    held: int = 0
    probe: Any = None
    case: Any = None


class Practice:
    """Whoever bills under one number, with what was counted of it (Practices and people)."""

    def __init__(self, rng: Random, row: int, specialty: str, spec: Any, modality: Modality, conduct: Any) -> None:
        def lognormal(spread: float) -> float:
            return math.exp(spread * rng.gauss(0, 1) - spread**2 / 2)

        self.row, self.specialty, self.spec, self.modality = row, specialty, spec, modality
        self.volume, factor = spec.weekly_volume * lognormal(spec.volume_skew), lognormal(spec.coding_error_spread)
        self.error_up, self.error_down = min(1, factor * spec.coding_error_up), min(1, factor * spec.coding_error_down)
        self.turn = int(rng.random() * conduct.decision_interval)
        coded, other = modality.prevalence * (modality.fee_with / 100 - modality.care), 1 - modality.prevalence
        self.income = self.volume * (coded + other * modality.fee / 100)  # y, USD a week
        self.owner: Owner
        self.standing: list[Standing]
        self.neighbours: list[Practice] = []
        self.accused_week = -1
        self.billing: dict[tuple[int, int], list[int]] = {}  # payer, week: claims, those with the finding
        self.tip_claims: dict[int, int] = defaultdict(int)

    def changes_hands(self, owner: Owner, laws: int) -> None:
        """Begin anew with another owner (Who comes and goes)."""
        self.owner, self.standing = owner, [Standing() for _ in range(laws)]
        self.billing.clear()
        self.tip_claims.clear()

    def barred_by(self, law: int) -> bool:
        return self.standing[law].barred_week is not None

    @property
    def closed(self) -> bool:
        return all(one.barred_week is not None for one in self.standing)


def link(rng: Random, practices: list[Practice], spec: Any) -> None:
    """Draw the network (The network)."""
    n = len(practices)
    graph = nx.watts_strogatz_graph(n, min(spec.neighbours, n - 1), spec.rewiring, seed=rng.randrange(2**32))
    graph.add_edges_from(itertools.pairwise(sorted(min(piece) for piece in nx.connected_components(graph))))
    for one in practices:
        one.neighbours = [practices[other] for other in sorted(graph[one.row])]
