"""Providers: a table with a row each, and agents that are thin views on its rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from threatsim.market.agents import Agent, Model
from threatsim.market.beliefs import Beliefs
from threatsim.market.ledger import Cents, cents
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario

ACCESS = ("none", "black_box", "white_box")
"""What a provider can get hold of, each including what comes before it."""
HONEST = -1
"""The tactic of a provider, or a claim, that is honest."""
NEVER = -1
"""The week of what has not happened."""


@dataclass
class ProviderTable:
    """Columns of all providers, P rows ordered by specialty; T tactics; money in cents.

    Attributes:
        specialty, modality: (P,) number of the specialty and of the modality, in the order of the scenario.
        volume: (P,) mean cases per week.
        prevalence, error_up, error_down: (P,) shares of cases.
        fee_negative, fee_positive, care_cost: (P,) cents per claim.
        access: (P,) place in `ACCESS`.
        allowed: (P, T) whether the provider has the access that a tactic needs.
        reluctance: (P,) USD per false claim.
        beliefs: what they believe of being paid and of being found out.
        tactic: (P,) tactic in use, `HONEST` if none.
        share: (P,) share of eligible cases billed falsely.
        equipped: (P, T) whether the set-up cost of a tactic is paid.
        findings: (P,) findings against the provider so far.
        accused_week: (P,) week of the accusation, or `NEVER`.
        excluded: (P,) whether the provider may no longer bill.
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
    reluctance: NDArray[np.float64]
    beliefs: Beliefs
    tactic: NDArray[np.int8] = field(init=False)
    share: NDArray[np.float32] = field(init=False)
    equipped: NDArray[np.bool_] = field(init=False)
    findings: NDArray[np.int64] = field(init=False)
    accused_week: NDArray[np.int64] = field(init=False)
    excluded: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        rows = len(self)
        self.tactic = np.full(rows, HONEST, np.int8)
        self.share = np.zeros(rows, np.float32)
        self.equipped = np.zeros(self.allowed.shape, np.bool_)
        self.findings = np.zeros(rows, np.int64)
        self.accused_week = np.full(rows, NEVER, np.int64)
        self.excluded = np.zeros(rows, np.bool_)

    def __len__(self) -> int:
        return self.specialty.size

    @property
    def difference(self) -> Cents:
        """What the finding is worth: the fee with it less the fee without it (P,) cents per claim."""
        return self.fee_positive - self.fee_negative


def provider_table(scenario: Scenario, streams: Streams) -> ProviderTable:
    """Draw the providers of a replicate.

    Volume is log-normal with mean `weekly_volume`; reluctance is log-normal with median `reluctance_median`;
    access is drawn once for each provider. Coding errors are log-normal around their means, both kinds of a
    provider by the same factor.
    """
    groups = list(scenario.providers.values())
    counts = [group.count for group in groups]
    rows = sum(counts)
    names = list(scenario.modalities)
    kinds = [scenario.modalities[group.modality] for group in groups]

    def column(values: list[float]) -> NDArray[np.float64]:
        return np.repeat(np.array(values, np.float64), counts)

    def money(values: list[float]) -> Cents:
        return np.repeat(np.array([cents(value) for value in values], np.int64), counts)

    spread = column([float(group.volume_skew) for group in groups])
    volume = column([float(group.weekly_volume) for group in groups])
    volume *= np.exp(spread * streams.generator("volume").standard_normal(rows) - spread**2 / 2)
    conduct = scenario.conduct
    luck = streams.generator("access").random(rows)
    white, black = float(conduct.white_box_share), float(conduct.black_box_share)
    access = np.where(luck < white, 2, np.where(luck < white + black, 1, 0))
    # Whoever bills can query: each query is a claim of one's own.
    needed = np.array([0 if t.access == "queries" else ACCESS.index(t.access) for t in scenario.tactics.values()])
    reluctance = streams.generator("reluctance").standard_normal(rows) * float(conduct.reluctance_spread)
    sloppiness = column([float(group.coding_error_spread) for group in groups])
    sloppy = np.exp(sloppiness * streams.generator("coding_errors").standard_normal(rows) - sloppiness**2 / 2)
    error_up = np.minimum(sloppy * column([float(group.coding_error_up) for group in groups]), 1)
    error_down = np.minimum(sloppy * column([float(group.coding_error_down) for group in groups]), 1)
    return ProviderTable(
        specialty=np.repeat(np.arange(len(groups)), counts),
        modality=np.repeat([names.index(group.modality) for group in groups], counts),
        volume=volume,
        prevalence=column([float(kind.prevalence) for kind in kinds]).astype(np.float32),
        error_up=error_up.astype(np.float32),
        error_down=error_down.astype(np.float32),
        fee_negative=money([float(kind.fee_negative) for kind in kinds]),
        fee_positive=money([float(kind.fee_positive) for kind in kinds]),
        care_cost=money([float(kind.care_cost) for kind in kinds]),
        access=access,
        allowed=access[:, None] >= needed[None, :],
        reluctance=float(conduct.reluctance_median) * np.exp(reluctance),
        beliefs=Beliefs.prior(conduct, rows, tuple(scenario.tactics.values())),
    )


class Provider(Agent):
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
        return bool(self._table.accused_week[self.row] != NEVER)

    @property
    def excluded(self) -> bool:
        """Whether the provider may no longer bill."""
        return bool(self._table.excluded[self.row])
