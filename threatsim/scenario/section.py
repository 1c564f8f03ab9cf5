"""What the sections of a scenario have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME_RULE = "a name has lower-case letters, digits and _, and starts with a letter"
ImageModality = Literal["fundoscopy", "chest_xray", "dermoscopy"]
ModalityName = Literal["fundoscopy", "chest_xray", "dermoscopy", "claim_codes"]
CLAIM_CODES = "claim_codes"
"""The modality that is no image: the diagnosis codes of a claim."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Section(BaseModel):
    """A section of a scenario: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
