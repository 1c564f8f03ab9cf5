"""The providers of a scenario, and how they decide."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from threatsim.catalogue.conduct_rules import CONDUCT_RULES, RULES_IN_WORDS
from threatsim.catalogue.modalities import ModalityName
from threatsim.catalogue.names import NameOf
from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Dollars, Factor, PerWeek, PerYear, Share, Spread, Weeks


class ProviderGroup(Section):
    """Providers of one specialty."""

    modality: ModalityName = Field(description="The kind of image they send.")
    count: int = Field(strict=True, ge=1, le=200_000, description="Number of providers.")
    weekly_volume: PerWeek = Field(description="Mean number of cases a provider sees (cases per week).")
    volume_skew: Spread = Field(
        description="Spread of volume between providers: standard deviation of its natural logarithm."
    )
    coding_error_up: Share = Field(description="Share of cases without the finding honestly billed with it.")
    coding_error_down: Share = Field(description="Share of cases with the finding honestly billed without it.")
    coding_error_spread: Spread = Field(
        default=0.0, validate_default=True, description="Log standard deviation of errors between providers."
    )
    vacancy: Weeks | None = Field(
        default=None,
        description="Weeks until a newcomer takes the practice of an excluded provider; without it none ever does.",
    )
    turnover: PerYear = Field(
        default=0.0,
        validate_default=True,
        description="Rate at which owners leave for reasons of their own; newcomers follow at once (per year).",
    )
    lost_patients: Share = Field(
        default=1.0,
        validate_default=True,
        description="Share of the cases of a practice that may not bill which nobody else sees; the others go to open "
        "colleagues of the specialty.",
    )


class Capabilities(Section):
    """What it costs a provider to get hold of a classifier that it was not given; what is left out cannot be had."""

    black_box: Dollars | None = Field(default=None, description="Getting a surrogate, by training or buying (USD).")
    white_box: Dollars | None = Field(default=None, description="Getting the payer's classifier itself (USD).")


class Conduct(Section):
    """How providers decide to bill above the truth."""

    rule: Annotated[str, NameOf(lambda: CONDUCT_RULES)] = Field(description=RULES_IN_WORDS)
    precision: Factor = Field(
        description="logit only: how sharply better options are preferred (per 1,000 USD of weekly utility)."
    )
    exploration: Share = Field(
        default=0.1, validate_default=True, description="bandit only: share of decisions that try something at random."
    )
    public: bool = Field(
        default=False,
        strict=True,
        description="Whether providers learn from how payers treat everybody, week by week, as if it were published; "
        "fictitious_play always does.",
    )
    choose_payer: bool = Field(
        default=False,
        strict=True,
        description="Whether providers may bill falsely to one payer only, and learn of each payer apart.",
    )
    decision_interval: int = Field(strict=True, ge=1, le=52, description="Weeks between two decisions of a provider.")
    horizon: int = Field(
        default=104,
        strict=True,
        ge=1,
        le=520,
        description="Weeks of billing ahead that a provider weighs, with all that may come of them.",
    )
    shares: tuple[Annotated[float, Field(ge=0, le=1, strict=True)], ...] = Field(
        min_length=2,
        description="Shares of the eligible cases a provider may choose to bill above the truth.",
    )
    reluctance_median: Dollars = Field(
        description="Median of what a false claim costs a provider in conscience and name (USD per claim)."
    )
    reluctance_spread: Spread = Field(
        description="Spread of reluctance between providers: standard deviation of its natural logarithm."
    )
    greed_penalty: Factor = Field(
        description="How reluctance grows with the share billed falsely: reluctance x (1 + this x share)."
    )
    white_box_share: Share = Field(description="Share of providers who have the payer's classifier itself.")
    black_box_share: Share = Field(description="Share of providers who have a surrogate, beyond white box.")
    acquire: Capabilities | None = Field(
        default=None, description="What the others may buy; without it they stay without."
    )
    belief_paid: Share = Field(description="Prior belief that a false claim is paid, for any tactic.")
    belief_detected: Share = Field(description="Prior belief that an audit finds a false claim that was paid.")
    belief_weight: Factor = Field(description="Strength of the prior beliefs, in observed claims.")
    belief_half_life: Weeks | None = Field(
        default=None, description="Weeks in which half of what was seen is forgotten; absent, nothing ever is."
    )
    neighbour_weight: Share = Field(description="Weight of what becomes of a neighbour's claim beside one's own.")
    care_delivered: Share = Field(
        description="Share of the unlocked service really delivered on a false claim, at its cost."
    )
