"""The modalities there are: kinds of images, and the codes of claims."""

from __future__ import annotations

from typing import Literal

ImageModality = Literal["fundoscopy", "chest_xray", "dermoscopy"]
ModalityName = Literal["fundoscopy", "chest_xray", "dermoscopy", "claim_codes"]
CLAIM_CODES = "claim_codes"
"""The modality that is no image: the diagnosis codes of a claim."""
