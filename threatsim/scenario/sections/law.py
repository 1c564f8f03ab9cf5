"""The law of a scenario, and the network through which news of it spreads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Dollars, Factor, PerYear, Share

ProviderId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[0-9]+$")]


class Appeals(Section):
    """Appeals against the findings of audits; they are decided before money moves."""

    filed: Share = Field(description="Share of the findings of audits that is appealed.")
    overturned_supported: Share = Field(description="Share of appeals that succeed where the claim was supported.")
    overturned_unsupported: Share = Field(description="Share of appeals that succeed where it was not.")
    cost: Dollars = Field(description="What an appeal costs the provider (USD per claim).")


class Tips(Section):
    """Insiders who report a provider: its next paid claims are then audited, whatever the audits' shares."""

    fraud: PerYear = Field(description="Tips on a provider while it bills falsely (per year).")
    honest: PerYear = Field(description="Mistaken tips on a provider while it does not (per year).")
    probe: int = Field(strict=True, ge=1, le=1000, description="Paid claims that are audited after a tip.")


class Law(Section):
    """What follows from findings against a provider."""

    findings_to_accuse: int = Field(
        strict=True,
        ge=1,
        le=1000,
        description="Findings against a provider before it is accused of fraud and penalised.",
    )
    damages: Factor = Field(description="Penalty on an accused provider, as a multiple of the sums found.")
    per_claim_penalty: Dollars = Field(description="Penalty on an accused provider for each claim found (USD).")
    collected: Share = Field(description="Share of the penalty that is really collected.")
    exclusion: bool = Field(
        strict=True, description="Whether an accused provider is excluded from billing from then on."
    )
    extrapolate: bool = Field(
        default=False,
        strict=True,
        description="Whether, on an accusation, the rate found by audits is recouped on all claims paid so far, at the "
        "lower end of its one-sided 90 % interval.",
    )
    appeals: Appeals | None = Field(default=None, description="Appeals against the findings of audits.")
    tips: Tips | None = Field(default=None, description="Insiders who report fraud.")


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
