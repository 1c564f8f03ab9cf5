"""The network of referrals, through which news of findings spreads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Share

ProviderId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[0-9]+$")]


class ReferralNetwork(Section):
    """Who hears of whose findings."""

    kind: Literal["small_world", "scale_free", "edge_list"] = Field(
        description="Family of random graph (networkx), or edge_list for the links given."
    )
    neighbours: int = Field(
        default=6, strict=True, ge=2, le=100, description="Random graphs: mean number of neighbours of a provider."
    )
    rewiring: Share = Field(
        default=0.0, validate_default=True, description="small_world only: share of links that leave the neighbourhood."
    )
    links: tuple[tuple[ProviderId, ProviderId], ...] | None = Field(
        default=None,
        description="edge_list only: pairs of providers, each a specialty, a dot and a number from 0.",
    )
