"""The posterior as a scenario file that extends the one that was fitted: each free number with a distribution."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from threatsim.calibration.free_numbers import FreeNumber
from threatsim.calibration.inference.weighted import Floats
from threatsim.catalogue.distributions import Beta, Distribution, Lognormal, Normal
from threatsim.common.arithmetic import portable
from threatsim.common.library import library_folder
from threatsim.common.shell import quoted
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import child, expand
from threatsim.scenario.reading.reader import read_scenario

_NOTE = "Margin of the posterior; what the numbers have in common is lost here and stands in the calibration's record."


def fitted_distribution(number: FreeNumber, values: Floats, weights: Floats) -> Distribution:
    """Return the distribution that has the mean and spread of a posterior.

    A share is beta, what lies above 0 lognormal, with those of its logarithm; what is left is normal.

    Args:
        number: the free number.
        values: (N,) of it.
        weights: (N,) of the particles.
    """
    if number.high == 1 and number.low >= 0:
        mean, spread = _moments(values, weights)
        many = mean * (1 - mean) / (spread * spread) - 1 if spread > 0 else 0.0
        if many > 0:
            return Beta(alpha=_short(mean * many), beta=_short((1 - mean) * many))
    if number.low >= 0 and float(values.min()) > 0:
        mean, spread = _moments(portable.log(values), weights)
        return Lognormal(median=_short(float(portable.exp(mean))), sigma=max(_short(spread), 1e-6))
    mean, spread = _moments(values, weights)
    return Normal(mean=_short(mean), sd=max(_short(spread), 1e-9))


def _moments(values: Floats, weights: Floats) -> tuple[float, float]:
    total = math.fsum(weights.tolist())
    mean = math.fsum((weights * values).tolist()) / total
    apart = values - mean
    return mean, math.sqrt(math.fsum((weights * apart * apart).tolist()) / total)


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def fitted_scenario(
    loaded: LoadedScenario,
    free: Sequence[FreeNumber],
    distributions: Sequence[Distribution],
    *,
    source: str,
    settings: Sequence[str],
    include: Sequence[Path] = (),
) -> str:
    """Return the text of the scenario file; it is read once, so that it is one.

    Args:
        loaded: the scenario that was fitted.
        free: the free numbers.
        distributions: of each.
        source: what the numbers are said to come from.
        settings: what --set had changed when it was fitted, which the file does not repeat.
        include: folders that the scenario may extend files of.
    """
    data = loaded.document.data
    name = loaded.scenario.name
    shipped = loaded.path.resolve().parent == library_folder("scenarios").resolve()
    text: dict[str, Any] = {
        "schema_version": 1,
        "extends": loaded.path.stem if shipped else loaded.path.name,
        "name": f"{name}_fitted",
        "title": f"{loaded.scenario.title}, fitted",
    }
    for number, distribution in zip(free, distributions, strict=True):
        written = {
            "value": _short(distribution.centre),
            type(distribution).__name__.lower(): distribution.model_dump(),
            **({"unit": number.unit} if number.unit else {}),
            "kind": "fitted",
            "source": source,
            "note": _NOTE,
        }
        for place in expand(number.path, data):
            _put(text, place, data, written)
    buffer = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(text, buffer)
    where = "" if shipped else f"# It belongs beside {loaded.path.name}.\n"
    options = " ".join(f"--set {quoted(setting)}" for setting in settings)
    changed = f"# Fitted with {options}, which this file does not repeat.\n" if settings else ""
    command = f"threatsim calibrate {quoted(name)}"
    head = f"# {loaded.scenario.title}: free numbers as `{command}` fitted them.\n{where}{changed}"
    whole = head + buffer.getvalue()
    read_scenario(whole, loaded.path.parent / f"{name}_fitted.yaml", include=include)
    return whole


def _put(text: Any, place: tuple[str | int, ...], data: Any, written: dict[str, Any]) -> None:
    """Put a number where it belongs, list items by their names."""
    holder = text
    for part in place[:-1]:
        below: Any = child(data, part)
        if isinstance(part, int):
            name = below["name"]
            item = next((one for one in holder if one["name"] == name), None)
            if item is None:
                item = {"name": name}
                holder.append(item)
            holder = item
        else:
            holder = holder.setdefault(part, [] if isinstance(below, list) else {})
        data = below
    holder[place[-1]] = dict(written)


def particles_of(free: Sequence[FreeNumber], points: Floats) -> Floats:
    """Return (N, D) values at (N, D) points of standard normal numbers."""
    return np.array([[one.at(float(normal)) for one, normal in zip(free, point, strict=True)] for point in points])
