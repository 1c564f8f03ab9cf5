"""What is fitted: numbers of a scenario, each with its prior, as standard normal numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatsim.calibration.inference.weighted import Floats
from threatsim.calibration.moments_file import ReadMoments
from threatsim.catalogue.distributions import FAMILIES, Distribution
from threatsim.common.arithmetic import exact
from threatsim.common.errors import InputError
from threatsim.questions.points import check_paths
from threatsim.questions.varied_paths import stands_at
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import child, expand, slot_at
from threatsim.scenario.sections.quantity import Quantity


@dataclass(frozen=True)
class FreeNumber:
    """A number that is fitted.

    Attributes:
        path: dotted, with `*` for every one of several, which stay equal.
        prior: what is believed of it.
        low, high: what is allowed there; no upper bound if None.
        unit: of it.
        stands: what the scenario has there; None where its places differ.
    """

    path: str
    prior: Distribution
    low: float
    high: float | None
    unit: str
    stands: Any

    def at(self, normal: float) -> float:
        """Return its value where a standard normal number is `normal`: the quantile of the prior, to six digits."""
        share = exact.normal_cdf(normal, 0.0, 1.0)
        return float(f"{self.prior.quantile(share, self.low, self.high):.6g}")


def free_numbers(loaded: LoadedScenario, read: ReadMoments, overridden: Mapping[str, Any]) -> list[FreeNumber]:
    """Return the numbers that a file of moments lets free in a scenario, in the file's order.

    Raises:
        InputError: a path leads nowhere, to no number, to one that cannot vary or that is set already, or a number has
            no range and is given no prior; with its place in the file.
    """
    found = []
    for path, prior in read.content.free.items():
        at = ("free", path)
        try:
            check_paths(loaded, [path], "free")
        except InputError as error:
            raise read.refusal(at, error.message, error.hint or "") from None
        if path in overridden:
            raise read.refusal(at, f"'{path}' is in --set too; it is one or the other")
        places = expand(path, loaded.document.data)
        slots = [slot_at(place) for place in places]
        if not all(slot and slot.is_quantity for slot in slots):
            raise read.refusal(at, f"'{path}' is no number with a source and a range, so it cannot be fitted")
        own = {_own_range(loaded.document.data, place) for place in places}
        distribution = prior.distribution or (own.pop() if len(own) == 1 else None)
        if distribution is None:
            families = ", ".join(FAMILIES)
            raise read.refusal(
                at,
                f"'{path}' has no one range in the scenario, so it needs a prior here",
                f"Give one of {families}, as in {path}: {{uniform: {{low: 0, high: 1}}}}.",
            )
        bounds = next((slot.bounds for slot in slots if slot and slot.bounds), None)
        stands, unit = stands_at(loaded, path)
        low, high = (bounds.low, bounds.high) if bounds else (0.0, None)
        found.append(FreeNumber(path, distribution, low, high, unit, stands))
    return found


def _own_range(data: Any, place: tuple[str | int, ...]) -> Distribution | None:
    for part in place:
        data = child(data, part)
    return Quantity.model_validate(data).distribution if isinstance(data, (dict, int, float)) else None


def values_at(free: list[FreeNumber], point: Floats) -> dict[str, float]:
    """Return dotted path -> value at a point (D,) of standard normal numbers."""
    return {one.path: one.at(float(normal)) for one, normal in zip(free, point, strict=True)}
