"""What every part of the record is, and what marks a field that came later."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Since:
    """Marks a field that the first records did not have yet.

    A record from before has the field's default, which says nothing: the fingerprint of the results leaves it out, so
    that older records keep theirs.

    Attributes:
        edition: which edition of the record brought the field; the first records are of edition 1.
    """

    edition: int


class RecordPart(BaseModel):
    """A part of the record: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
