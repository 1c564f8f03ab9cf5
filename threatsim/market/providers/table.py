"""Providers: a table with a row each, and agents that are thin views on its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import exp, standard_normal
from threatsim.market.agents import Agent, Model
from threatsim.market.conventions import ACCESS, ALL_PAYERS, HONEST, NO_WEEK, Cents, cents
from threatsim.market.providers.beliefs import Beliefs
from threatsim.market.providers.filled import fee_factors, relative_volumes
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Conduct, Scenario, Tactic


@dataclass
class ProviderTable:
    """Columns of all providers, P rows ordered by specialty; T tactics; money in cents.

    Attributes:
        specialty, modality: (P,) number of the specialty and of the modality, in the order of the scenario.
        volume: (P,) mean cases per week.
        prevalence, error_up, error_down: (P,) shares of cases.
        fee_negative, fee_positive, care_cost: (P,) cents per claim.
        access: (P,) place in `ACCESS`.
        allowed: (P, T) whether a tactic is available and the provider has, or can buy, the access that it needs.
        capability_cost: (P, T) cents for the access that a tactic needs; 0 for who has it.
        reluctance: (P,) USD per false claim.
        turn: (P,) weeks before the end of each decision interval in which a provider decides.
        beliefs: what they believe of being paid and of being found out, of each payer or of all of them.
        payers: number of payers.
        tactic: (P,) tactic in use, `HONEST` if none.
        share: (P,) share of eligible cases billed falsely.
        target: (P,) number of the payer that is billed falsely, or `ALL_PAYERS`.
        equipped: (P, T) whether the set-up cost of a tactic is paid.
        findings: (P,) findings against the provider so far.
        accused_week: (P,) week of the accusation, or `NO_WEEK`.
        last_accused: (P,) week of the last accusation of whoever has had the practice, or `NO_WEEK`.
        queries: (P, T) queries that a false claim by a tactic is expected to cost, each a claim of its own.
        barred: (payers, P) whether the provider may no longer bill to a payer.
        excluded: (P,) whether it may no longer bill to any.
        excluded_week: (P,) week in which it was last excluded, or `NO_WEEK`.
        entered_week: (P,) week from which the present owner has the practice.
    """

    specialty: NDArray[np.int64]
    modality: NDArray[np.int64]
    volume: NDArray[np.float64]
    prevalence: NDArray[np.float32]
    error_up: NDArray[np.float32]
    error_down: NDArray[np.float32]
    fee_negative: Cents
    fee_positive: Cents
    care_cost: Cents
    access: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    capability_cost: Cents
    reluctance: NDArray[np.float64]
    turn: NDArray[np.int64]
    beliefs: tuple[Beliefs, ...]
    payers: int = 1
    tactic: NDArray[np.int8] = field(init=False)
    share: NDArray[np.float32] = field(init=False)
    target: NDArray[np.int8] = field(init=False)
    equipped: NDArray[np.bool_] = field(init=False)
    findings: NDArray[np.int64] = field(init=False)
    accused_week: NDArray[np.int64] = field(init=False)
    last_accused: NDArray[np.int64] = field(init=False)
    queries: NDArray[np.float64] = field(init=False)
    barred: NDArray[np.bool_] = field(init=False)
    excluded: NDArray[np.bool_] = field(init=False)
    excluded_week: NDArray[np.int64] = field(init=False)
    entered_week: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        rows = len(self)
        self.tactic = np.full(rows, HONEST, np.int8)
        self.share = np.zeros(rows, np.float32)
        self.target = np.full(rows, ALL_PAYERS, np.int8)
        self.equipped = np.zeros(self.allowed.shape, np.bool_)
        self.findings = np.zeros(rows, np.int64)
        self.accused_week, self.last_accused, self.excluded_week = np.full((3, rows), NO_WEEK, np.int64)
        self.queries = np.zeros(self.allowed.shape)
        self.barred = np.zeros((self.payers, rows), np.bool_)
        self.excluded = np.zeros(rows, np.bool_)
        self.entered_week = np.zeros(rows, np.int64)

    def __len__(self) -> int:
        return self.specialty.size

    @property
    def difference(self) -> Cents:
        """The sum at stake: the fee with the finding less the fee without it (P,) cents per claim."""
        return self.fee_positive - self.fee_negative

    def renew(self, rows: NDArray[np.int64], newcomers: Newcomers, week: int) -> None:
        """Give some practices (N,) to newcomers, who know what their trade knows and have done nothing."""
        for name in ("access", "allowed", "capability_cost", "reluctance"):
            getattr(self, name)[rows] = getattr(newcomers, name)[rows]
        for belief in self.beliefs:
            belief.begin(rows, self.specialty)
        self.tactic[rows], self.share[rows], self.target[rows] = HONEST, 0, ALL_PAYERS
        self.equipped[rows], self.excluded[rows], self.barred[:, rows] = False, False, False
        self.findings[rows], self.accused_week[rows], self.entered_week[rows] = 0, NO_WEEK, week


def first_rows(scenario: Scenario) -> dict[str, int]:
    """Return specialty -> the row of its provider 0."""
    counts = (group.count for group in scenario.providers.values())
    return dict(zip(scenario.providers, accumulate(counts, initial=0), strict=False))


@dataclass(frozen=True)
class Newcomers:
    """What differs between persons, not practices: columns as in `ProviderTable`."""

    access: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    capability_cost: Cents
    reluctance: NDArray[np.float64]


def newcomers(scenario: Scenario, rows: int, streams: Streams, week: int = 0) -> Newcomers:
    """Draw a person for every practice: access once and for all, reluctance log-normal around its median.

    Args:
        scenario: says how access, cost and reluctance are spread.
        rows: number of practices.
        streams: of the replicate.
        week: of the draw; 0 for those who are there from the beginning.
    """
    conduct = scenario.conduct
    uniform = streams.generator("access", week).random(rows)
    white, black = float(conduct.white_box_share), float(conduct.black_box_share)
    access = np.where(uniform < white, 2, np.where(uniform < white + black, 1, 0))
    reluctance = standard_normal(streams.generator("reluctance", week), rows) * float(conduct.reluctance_spread)
    allowed, cost = capabilities(conduct, tuple(scenario.tactics.values()), access)
    return Newcomers(access, allowed, cost, float(conduct.reluctance_median) * exp(reluctance))


def capabilities(
    conduct: Conduct, tactics: Sequence[Tactic], access: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], Cents]:
    """Return (P, T) which tactics a provider of some access can use, and what it must first pay (cents)."""
    needed = _needed(tactics)
    lacking = access[:, None] < needed[None, :]
    acquire = conduct.acquire
    offers = (None, acquire.black_box, acquire.white_box) if acquire else (None, None, None)
    price = np.array([0 if offer is None else cents(float(offer)) for offer in offers], np.int64)
    for_sale = np.array([offer is not None for offer in offers])
    available = np.array([tactic.available for tactic in tactics])
    return available & (~lacking | for_sale[needed]), np.where(lacking, price[needed], 0)


def equip(
    table: ProviderTable, conduct: Conduct, tactics: Sequence[Tactic]
) -> tuple[NDArray[np.int64], NDArray[np.int8], Cents]:
    """Give the tactic in use, and the access that it needs, to those who use it for the first time.

    Returns:
        (N,) their rows, (N,) the tactic of each, and (N,) cents for the access.
    """
    users = np.flatnonzero(table.tactic != HONEST)
    new = users[~table.equipped[users, table.tactic[users]]]
    tactic = table.tactic[new]
    price = table.capability_cost[new, tactic]
    table.equipped[new, tactic] = True
    table.access[new] = np.maximum(table.access[new], _needed(tactics)[tactic])
    table.allowed[new], table.capability_cost[new] = capabilities(conduct, tactics, table.access[new])
    return new, tactic, price


def _needed(tactics: Sequence[Tactic]) -> NDArray[np.int64]:
    """Return (T,) the place in `ACCESS` of what each tactic needs; whoever bills can query: each query is a claim."""
    return np.array([0 if tactic.access == "queries" else ACCESS.index(tactic.access) for tactic in tactics])


def provider_table(scenario: Scenario, streams: Streams) -> ProviderTable:
    """Draw the providers of a replicate.

    Volume is log-normal with mean `weekly_volume`; reluctance is log-normal with median `reluctance_median`;
    access is drawn once for each provider. Coding errors are log-normal around their means, both kinds of a
    provider by the same factor. Where a file fills the providers, it says how volumes differ, and by what fees and the
    cost of care are multiplied.
    """
    groups = list(scenario.providers.values())
    counts = [group.count for group in groups]
    rows = sum(counts)
    names = list(scenario.modalities)
    kinds = [scenario.modalities[group.modality] for group in groups]

    def column(values: list[float]) -> NDArray[np.float64]:
        return np.repeat(np.array(values, np.float64), counts)

    factors = fee_factors(scenario.population, scenario.providers) if scenario.population else None

    def money(values: list[float]) -> Cents:
        national = np.repeat(np.array([cents(value) for value in values], np.int64), counts)
        return national if factors is None else np.rint(national * factors).astype(np.int64)

    spread = column([float(group.volume_skew) for group in groups])
    volume = column([float(group.weekly_volume) for group in groups])
    if scenario.population:
        volume *= relative_volumes(scenario.population, scenario.providers)
    else:
        volume *= exp(spread * standard_normal(streams.generator("volume"), rows) - spread * spread / 2)
    conduct = scenario.conduct
    people = newcomers(scenario, rows, streams)
    sloppiness = column([float(group.coding_error_spread) for group in groups])
    around_one = sloppiness * standard_normal(streams.generator("coding_errors"), rows) - sloppiness * sloppiness / 2
    sloppy = exp(around_one)
    error_up = np.minimum(sloppy * column([float(group.coding_error_up) for group in groups]), 1)
    error_down = np.minimum(sloppy * column([float(group.coding_error_down) for group in groups]), 1)
    return ProviderTable(
        specialty=np.repeat(np.arange(len(groups)), counts),
        modality=np.repeat([names.index(group.modality) for group in groups], counts),
        volume=volume,
        prevalence=column([float(kind.prevalence) for kind in kinds]).astype(np.float32),
        error_up=error_up.astype(np.float32),
        error_down=error_down.astype(np.float32),
        fee_negative=money([kind.fees[0] for kind in kinds]),
        fee_positive=money([kind.fees[1] for kind in kinds]),
        care_cost=money([float(kind.care_cost) for kind in kinds]),
        access=people.access,
        allowed=people.allowed,
        capability_cost=people.capability_cost,
        reluctance=people.reluctance,
        turn=(streams.generator("turn").random(rows) * conduct.decision_interval).astype(np.int64),
        beliefs=tuple(
            Beliefs.prior(conduct, rows, tuple(scenario.tactics.values()))
            for _ in range(len(scenario.payers) if conduct.choose_payer else 1)
        ),
        payers=len(scenario.payers),
    )


class ProviderAgent(Agent):
    """One provider: a view on its row of the table."""

    def __init__(self, model: Model, row: int, table: ProviderTable) -> None:
        super().__init__(model)
        self.row = int(row)
        self._table = table

    @property
    def tactic(self) -> int:
        """Number of the tactic in use, `HONEST` if none."""
        return int(self._table.tactic[self.row])

    @property
    def share(self) -> float:
        """Share of eligible cases billed falsely."""
        return float(self._table.share[self.row])

    @property
    def findings(self) -> int:
        """Findings against the provider so far."""
        return int(self._table.findings[self.row])

    @property
    def accused(self) -> bool:
        """Whether the provider has been accused."""
        return bool(self._table.accused_week[self.row] != NO_WEEK)

    @property
    def excluded(self) -> bool:
        """Whether the provider may no longer bill."""
        return bool(self._table.excluded[self.row])
