"""Ways of paying for a claim without and with the finding: a row each."""

from __future__ import annotations

from pydantic import Field

from threatsim.catalogue.row import Registry, Row, Text


class PaymentModelRow(Row):
    """One way of paying. The implementation is the section of the scenario, whose `fees` are USD per claim."""

    key: str = Field(description="Key of its section in a modality; empty: its numbers stand in the modality itself.")
    grows_with: tuple[Text, Text] = Field(
        description="Its numbers without and with the finding, which must not fall from the one to the other."
    )
    unit: str = Field(default="", description="Unit of these two in a message; empty: they have none.")


PAYMENT_MODELS = Registry(
    "payment model",
    PaymentModelRow,
    [
        PaymentModelRow(
            name="fee_schedule",
            title="Fee schedule",
            text="A fee for each service.",
            key="",
            grows_with=("fee_negative", "fee_positive"),
            unit="USD",
            implementation="threatsim.scenario.sections.modality:FeeSchedule",
        ),
        PaymentModelRow(
            name="drg",
            title="Diagnosis-related group",
            text="A base rate times the weight of the group, whatever is done for the patient.",
            key="drg",
            grows_with=("weight_negative", "weight_positive"),
            implementation="threatsim.scenario.sections.modality:DrgPayment",
        ),
        PaymentModelRow(
            name="risk_adjustment",
            title="Risk adjustment",
            text="A monthly rate for a year, times a score that the finding raises.",
            source="42 CFR 422.308",
            key="risk_adjustment",
            grows_with=("coefficient_negative", "coefficient_positive"),
            implementation="threatsim.scenario.sections.modality:RiskAdjustment",
        ),
    ],
)
"""All payment models. A scenario's sections are closed, so other packages may add none."""
