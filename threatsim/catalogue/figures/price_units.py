"""What the prices of controls on the image are per, a row each."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from threatsim.catalogue.figures.metric_row import MEASURES
from threatsim.catalogue.row import Row, Text


class PriceUnit(Row):
    """A unit of which an arm buys some. Its implementation takes the sums of a run and gives how many a year."""

    field: Text = Field(description="Key of the price in a scenario.")
    phrase: Text = Field(description="As a sentence has it, after a sum: `an image`.")


PRICE_UNITS: Final = {
    row.name: row
    for row in (
        PriceUnit(
            name="image",
            title="Images checked",
            text="Claims with the finding that a payer checks, once for each of its controls (a year).",
            field="per_claim",
            phrase="an image",
            implementation=f"{MEASURES}.bought:images",
        ),
        PriceUnit(
            name="device",
            title="Devices",
            text="Devices of practices, of which each payer bears its share, once for each of its controls.",
            field="per_device",
            phrase="a device and year",
            implementation=f"{MEASURES}.bought:devices",
        ),
    )
}
"""Name -> unit, in the order in which a sentence has them."""

CHECKING: Final = "checking"
"""Beside the units: USD a year that checks of images cost."""


def bought_name(unit: str) -> str:
    """Return the name under which a replicate has how many of a unit were bought, or what checks cost."""
    return f"bought.{unit}"
