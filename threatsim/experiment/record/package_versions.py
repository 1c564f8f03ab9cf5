"""Versions of what other packages add to a run: plug-ins, and libraries whose attacks it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.metrics import METRICS
from threatsim.catalogue.pictures.classifier_folders import classifier_folder
from threatsim.catalogue.plugin_list import REGISTRIES
from threatsim.catalogue.plugins import CLASSIFIERS, Offer, folders, offers
from threatsim.scenario.rules.classifier_rules import named_classifiers


class _WithLibraries(Protocol):
    """An attack, as far as this is concerned."""

    def libraries(self) -> Mapping[str, str]:
        """Return the other libraries that compute it: name -> version here."""
        ...


def versions_used(scenario: Mapping[str, Any]) -> dict[str, str]:
    """Return package -> version of the plug-ins that a run uses.

    A plug-in is used where the scenario names a row or a classifier of its, or where it adds a metric, since every run
    computes all.

    Args:
        scenario: the resolved scenario, as JSON has it.
    """
    named = set(_names(scenario))
    used = {offer.package: _label(offer) for offer, broken in METRICS.plugins() if not broken}
    for table in REGISTRIES:
        used |= {offer.package: _label(offer) for offer in offers(table.group) if offer.name in named}
    for name in named_classifiers(scenario).values():
        place = classifier_folder(name).parent
        used |= {offer.package: _label(offer) for offer, folder in folders(CLASSIFIERS) if folder == place}
    return used


def libraries_of(attacks: Iterable[_WithLibraries]) -> dict[str, str]:
    """Return package -> version of other libraries that compute some attacks."""
    return {name: version for attack in attacks for name, version in attack.libraries().items()}


def versions_here(names: Iterable[str]) -> dict[str, str]:
    """Return package -> version here, of those of these packages that are plug-ins or libraries of attacks."""
    groups = [*(table.group for table in REGISTRIES), CLASSIFIERS]
    plugins = {offer.package: _label(offer) for group in groups for offer in offers(group)}
    found = {}
    for name in names:
        if name in plugins:
            found[name] = plugins[name]
        elif name in ATTACKS and ATTACKS[name].library:
            try:
                found[name] = version(ATTACKS[name].library)
            except PackageNotFoundError:
                continue
    return found


def _label(offer: Offer) -> str:
    return f"{offer.version}, source {offer.source}"


def _names(value: Any) -> Iterator[str]:
    """Yield every text in a scenario, keys and values, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)
