"""What a classifier may read: kinds of images, and the codes of claims."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from threatsim.catalogue.names import NameOf
from threatsim.catalogue.row import Part, Registry, Row

CLAIM_CODES = "claim_codes"
"""The modality that is no image: the diagnosis codes of a claim."""
Claim = Literal["presence", "absence"]


class ModalityRow(Row):
    """One modality. The implementation of a kind of image draws its synthetic cases
    (`threatsim.cases.synthetic.generator.Generator`); codes have none.
    """

    kind: Literal["image", "codes"] = Field(description="Whether the classifier reads an image or codes.")
    colour: bool | None = Field(
        default=None, description="Whether its pictures are in colour, or grey; none where either may come."
    )
    claim_for: frozenset[Claim] = Field(
        default=frozenset({"presence", "absence"}),
        min_length=1,
        description="What a claim may be for: that the classifier's finding is there, or that it is not.",
    )


MODALITIES = Registry(
    "modality",
    ModalityRow,
    [
        ModalityRow(
            name="fundoscopy",
            title="Fundoscopy",
            text="Photographs of the back of the eye.",
            kind="image",
            colour=True,
            implementation="threatsim.cases.synthetic.fundus:GENERATOR",
        ),
        ModalityRow(
            name="chest_xray",
            title="Chest x-ray",
            text="Frontal radiographs of the chest.",
            kind="image",
            colour=False,
            implementation="threatsim.cases.synthetic.chest:GENERATOR",
        ),
        ModalityRow(
            name="dermoscopy",
            title="Dermoscopy",
            text="Dermoscopic photographs of skin lesions.",
            kind="image",
            colour=True,
            implementation="threatsim.cases.synthetic.skin:GENERATOR",
        ),
        ModalityRow(
            name=CLAIM_CODES,
            title="Claim codes",
            text="The diagnosis codes of a claim, without an image.",
            kind="codes",
            claim_for=frozenset({"presence"}),
        ),
    ],
    group="threatsim.modalities",
)
"""All modalities, in the order in which they are listed."""


IMAGE_MODALITIES = Part(MODALITIES, lambda row: row.kind == "image")

ImageModality = Annotated[str, NameOf(lambda: IMAGE_MODALITIES)]
"""The name of a kind of image."""
ModalityName = Annotated[str, NameOf(lambda: MODALITIES)]
"""The name of any modality."""
