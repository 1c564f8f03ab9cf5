"""The columns of a file of claims (`--keep-claims`): a row each, in the order of the file."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from threatsim.catalogue.row import Registry, Row, Text

Role = Literal["key", "feature", "later", "truth"]
"""key: names the claim. feature: known to the payer when it decides. later: known only afterwards. truth: known to
nobody in the market, and the label of a detector."""


class ClaimColumn(Row):
    """A column of a file of claims."""

    type: Text = Field(description="Type of its values.")
    unit: str = Field(default="", description="Unit, if it has one.")
    role: Role = Field(description="Whether a detector may read it.")


def _column(name: str, type_: str, role: Role, text: str, unit: str = "") -> ClaimColumn:
    return ClaimColumn(name=name, title=name, text=text, type=type_, role=role, unit=unit)


CLAIM_COLUMNS: Final = Registry(
    "claim column",
    ClaimColumn,
    [
        _column("week", "int32", "key", "Week of the record in which the claim was sent.", "weeks from 0"),
        _column("provider", "int32", "key", "Number of the provider; the same practice in every arm of a replicate."),
        _column("payer", "text", "feature", "The payer that the claim was sent to."),
        _column("case", "int64", "key", "Number of the picture among those of its kind."),
        _column("truth", "true or false", "truth", "Whether the case truly has the finding."),
        _column("billed", "true or false", "feature", "Whether the claim was sent with the finding."),
        _column("tactic", "text", "truth", "By which tactic the finding was billed falsely on purpose; else empty."),
        _column("score", "float32", "feature", "The payer's classifier on the picture that was sent.", "probability"),
        _column("suppressed", "true or false", "truth", "Whether the payer itself altered the picture."),
        _column("approved", "true or false", "feature", "Whether the classifier approved the claim."),
        _column("pended", "true or false", "feature", "Whether the classifier held the claim for a reader."),
        _column("read", "true or false", "later", "Whether a reader looked at it."),
        _column("flagged", "true or false", "feature", "Whether a control on the picture raised an alarm."),
        _column("paid_usd", "double", "later", "What was paid for it.", "USD"),
        _column("audited", "true or false", "later", "Whether an audit drew it."),
        _column("found", "true or false", "later", "Whether it became an audit finding within the run."),
    ],
)
"""All columns."""
