"""What payers buy of the controls on the image: how many units a year, and what they pay for them."""

from __future__ import annotations

from threatsim.catalogue.figures.price_units import CHECKING, PRICE_UNITS, bought_name
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.measures.sums import Sums


def images(sums: Sums) -> float:
    """Return the checks of images a year, of all controls of all payers."""
    return float(sums.run_counts.checks.sum()) / sums.years


def devices(sums: Sums) -> float:
    """Return the devices that payers bear, of all their controls."""
    return float(sums.run_counts.device_weeks.sum()) / WEEKS_PER_YEAR / sums.years


def bought(sums: Sums) -> dict[str, float]:
    """Return what a run bought a year, by the names that a replicate has it under."""
    found = {bought_name(name): float(row.resolve()(sums)) for name, row in PRICE_UNITS.items()}
    return found | {bought_name(CHECKING): float(sums.burden.checking.sum()) / 100 / sums.years}
