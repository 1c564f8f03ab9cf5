"""What two machines must have in common for a market to come out the same on both."""

from __future__ import annotations

import functools
import platform
import sys
from collections.abc import Mapping

from threatsim.catalogue.plugin_list import REGISTRIES
from threatsim.catalogue.plugins import offers
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.doctor.digests import together
from threatsim.experiment.doctor.market_probe import market_digests
from threatsim.experiment.record.fingerprint import versions

_LIBRARIES = ("source", "numpy", "scipy")
"""Versions that a market's numbers pass through."""


@functools.cache
def _handshake() -> tuple[tuple[str, str], ...]:
    found = {name: version for name, version in versions().items() if name in _LIBRARIES}
    plugins = {
        f"{offer.package} {offer.version}, source {offer.source}" for one in REGISTRIES for offer in offers(one.group)
    }
    found["plug-ins"] = "; ".join(sorted(plugins)) or "none"
    found["architecture"] = f"{platform.machine()}, {sys.byteorder} endian"
    # Asks for what matters, instead of guessing which features of a processor do.
    found["probe market"] = together(market_digests("best_response"))
    return tuple(found.items())


def handshake() -> dict[str, str]:
    """Return what this process has: source, libraries, plug-ins, architecture, and the hash of a small market."""
    return dict(_handshake())


def refuse_another(expected: Mapping[str, str], found: Mapping[str, str], *, where: str) -> None:
    """Refuse a machine that differs.

    Args:
        expected: what the coordinator has.
        found: what the worker has.
        where: the worker, in words.

    Raises:
        ThreatsimError: they differ; it names every difference.
    """
    names = [name for name in dict.fromkeys((*expected, *found)) if expected.get(name) != found.get(name)]
    if names:
        told = "; ".join(
            f"{name}: {found.get(name, 'absent')} instead of {expected.get(name, 'absent')}" for name in names
        )
        raise ThreatsimError(
            f"{where} would not get the same results: {told}",
            hint="Install there the very threatsim, libraries and plug-ins that the plan was prepared with.",
        )
