"""What plug-ins there are: each thing that a package adds, and whether it can be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.charts import CHARTS
from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.catalogue.controls import CONTROLS
from threatsim.catalogue.metrics import METRICS
from threatsim.catalogue.modalities import MODALITIES
from threatsim.catalogue.plugins import CLASSIFIERS, SCENARIOS, Offer, offered_groups, offers
from threatsim.catalogue.row import Registry
from threatsim.common.errors import PluginError

REGISTRIES: Final[tuple[Registry[Any], ...]] = (ATTACKS, CONTROLS, MODALITIES, METRICS, CONDUCT_RULES, CHARTS)
"""The tables that plug-ins add rows to."""
FOLDERS: Final = {SCENARIOS: "scenarios", CLASSIFIERS: "classifiers"}
"""Group of entry points that lead to a folder -> what it holds."""


class PluginEntry(BaseModel):
    """One thing that a package adds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="What it is: attack, metric, ..., or a folder of scenarios or classifiers.")
    name: str = Field(description="Its name.")
    package: str = Field(description="Distribution that adds it.")
    version: str = Field(description="Version of the distribution.")
    source: str = Field(description="Hash of the distribution's Python files.")
    leads_to: str = Field(description="`module:attribute`, or the folder, as the entry point has it.")
    state: Literal["loaded", "broken"] = Field(description="Whether it can be used.")
    why: str = Field(default="", description="Why it is broken; empty if it is not.")


def plugin_entries() -> list[PluginEntry]:
    """Return all that packages add, loaded now, by kind; empty while plug-ins are off."""
    found = [_entry(table.kind, offer, error) for table in REGISTRIES for offer, error in table.plugins()]
    found += [
        _entry(kind, offer, _fault_of_folder(offer)) for group, kind in FOLDERS.items() for offer in offers(group)
    ]
    return found + list(_of_unknown_groups())


def _of_unknown_groups() -> Iterator[PluginEntry]:
    known = [table.group for table in REGISTRIES] + list(FOLDERS)
    for group in offered_groups():
        if group not in known:
            for offer in offers(group):
                message = f"there is no group '{group}'; groups are {', '.join(known)}"
                yield _entry("unknown", offer, PluginError(message, package=offer.package))


def _fault_of_folder(offer: Offer) -> PluginError | None:
    try:
        offer.folder()
    except PluginError as error:
        return error
    return None


def _entry(kind: str, offer: Offer, error: PluginError | None) -> PluginEntry:
    return PluginEntry(
        kind=kind,
        name=offer.name,
        package=offer.package,
        version=offer.version,
        source=offer.source,
        leads_to=offer.entry.value,
        state="broken" if error else "loaded",
        why=error.message if error else "",
    )
