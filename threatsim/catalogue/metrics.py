"""The figures that a replicate is summed up in: names, units and what each one means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["USD per year", "USD per provider-year", "share", "weeks", "per 100 provider-years", "claims per year"]


@dataclass(frozen=True)
class Metric:
    """One figure: a label for tables, its unit, and a sentence for whoever asks what it is."""

    label: str
    unit: Unit
    meaning: str


ARM_METRICS: dict[str, Metric] = {
    "fraud_payoff": Metric(
        "Fraud payoff",
        "USD per provider-year",
        "What false billing brings a provider who does it, within the run, after attack costs, care really "
        "delivered, recoupment and penalties, per provider-year with a false claim.",
    ),
    "payer_loss": Metric(
        "Payer loss",
        "USD per year",
        "What payers pay on false claims beyond the true fee, less what they get back by recoupment and "
        "damages; fines go to the treasury.",
    ),
    "control_cost": Metric("Cost of control", "USD per year", "What payers spend on readers and audits."),
    "detection_rate": Metric(
        "Detection rate",
        "share",
        "Share of false claims that lead to a finding against the provider (integrity check, reader or "
        "audit), among those early enough for an audit of them to close within the run.",
    ),
    "paid_rate": Metric("Paid rate", "share", "Share of false claims that are paid when submitted."),
    "weeks_to_detection": Metric(
        "Weeks to detection",
        "weeks",
        "Kaplan-Meier median of the weeks from a provider's first false claim to its accusation; not reached "
        "if fewer than half are accused.",
    ),
    "false_accusations": Metric(
        "False accusations",
        "per 100 provider-years",
        "Accusations of providers who never billed falsely on purpose, per 100 of their provider-years.",
    ),
    "fraud_share": Metric(
        "Claims billed falsely",
        "share",
        "Share of cases without the finding that are knowingly billed with it.",
    ),
    "fraud_providers": Metric(
        "Providers billing falsely", "share", "Share of providers who knowingly bill falsely at least once."
    ),
    "honest_denied": Metric(
        "True claims denied",
        "share",
        "Share of claims with a true finding, billed honestly, that are not paid.",
    ),
    "denied_value": Metric(
        "Unpaid on true claims",
        "USD per year",
        "What claims with a true finding, billed honestly, are short of because they are not paid with it: the "
        "care that patients should have had, at its fee.",
    ),
    "suppression_gain": Metric(
        "Payers' gain by altering images",
        "USD per year",
        "What payers keep on claims with a true finding that their model would have approved, had they not altered "
        "the image, after appeals and the regulator's reviews, less the penalties; 0 where no payer does it.",
    ),
    "accepted_rate": Metric(
        "Accepted with the finding",
        "share",
        "Share of all cases that are paid with the finding when submitted, whatever an audit finds later; "
        "what the payers' figures say of how common it is.",
    ),
    "true_rate": Metric(
        "Truly with the finding", "share", "Share of all cases that truly have the finding, whatever was billed."
    ),
}

TACTIC_METRICS: dict[str, Metric] = {
    "fraud_payoff": ARM_METRICS["fraud_payoff"],
    "payer_loss": ARM_METRICS["payer_loss"],
    "detection_rate": ARM_METRICS["detection_rate"],
    "paid_rate": ARM_METRICS["paid_rate"],
    "weeks_to_detection": ARM_METRICS["weeks_to_detection"],
    "claims": Metric("False claims", "claims per year", "False claims submitted by this tactic."),
}
