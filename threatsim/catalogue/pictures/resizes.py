"""The resizes by which a payer brings the pictures that are submitted to what its classifier reads: a row for each.

A resize is told by its filter, by whether the filter grows with the reduction (antialiased), and by how its sums are
rounded. Without antialiasing only the few pixels around each centre count, which is what image-scaling attacks live on
(Xiao et al. 2019 and Quiring et al. 2020, both USENIX Security).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from threatsim.catalogue.names import NameOf
from threatsim.catalogue.row import Registry, Row

Kernel = Literal["box", "triangle", "cubic", "coverage"]


class ResizeRow(Row):
    """One resize of 8-bit pictures, a filter along rows and then along columns."""

    kernel: Kernel = Field(
        description="The filter: nearest pixels alike, falling linearly, the cubic of Keys 1981, or how much of a "
        "pixel is covered."
    )
    sharpness: float = Field(default=0.0, description="Keys' a of the cubic filter; 0 for the others.")
    antialiased: bool = Field(description="Whether the filter is as wide as the pixels that become one.")
    bits: int = Field(ge=8, le=22, description="Binary digits that coefficients are rounded to.")
    rounds_between: bool = Field(description="Whether grey levels are rounded after the rows, before the columns.")


def _of_pillow(name: str, text: str, kernel: Kernel, *, sharpness: float = 0.0) -> ResizeRow:
    return ResizeRow(
        name=f"pillow_{name}",
        title=f"Pillow, {name}",
        text=text,
        kernel=kernel,
        sharpness=sharpness,
        antialiased=True,
        bits=22,
        rounds_between=True,
        source="Pillow, Image.resize",
    )


def _of_opencv(name: str, text: str, kernel: Kernel, *, sharpness: float = 0.0, antialiased: bool = False) -> ResizeRow:
    return ResizeRow(
        name=f"opencv_{name}",
        title=f"OpenCV, {name}",
        text=text,
        kernel=kernel,
        sharpness=sharpness,
        antialiased=antialiased,
        bits=11,
        rounds_between=False,
        source="OpenCV, cv2.resize",
    )


RESIZES: Final = Registry(
    "resize",
    ResizeRow,
    [
        _of_pillow(
            "bilinear",
            "A triangle filter as wide as the reduction, as Pillow and torchvision have it.",
            "triangle",
        ),
        _of_pillow("bicubic", "A cubic filter as wide as the reduction, as Pillow has it.", "cubic", sharpness=-0.5),
        _of_pillow("box", "The mean of the pixels whose centres fall into each new one, as Pillow has it.", "box"),
        _of_opencv(
            "linear",
            "The two pixels nearest to each new one in rows and columns, whatever the reduction, as in OpenCV.",
            "triangle",
        ),
        _of_opencv(
            "cubic",
            "The four pixels nearest to each new one in rows and columns, whatever the reduction, as in OpenCV.",
            "cubic",
            sharpness=-0.75,
        ),
        _of_opencv(
            "area",
            "The mean over the area that each new pixel covers, as OpenCV has it.",
            "coverage",
            antialiased=True,
        ),
    ],
)
"""Name -> row; Pillow's bilinear one, which most training code has, first."""
DEFAULT_RESIZE: Final = "pillow_bilinear"

NO_RESIZE: Final = "none"
"""In place of a name: an attacker who is not aware that there is a resize."""

ResizeName = Annotated[str, NameOf(lambda: RESIZES)]
"""The name of a resize."""
AssumedResize = Annotated[str, NameOf(lambda: {**RESIZES, NO_RESIZE: _UNAWARE})]
"""The name of a resize that an attacker takes for the payer's, or `none`."""
_UNAWARE: Final = Row(name=NO_RESIZE, title="None", text="The classifier is taken to read pictures as they are sent.")
