"""`threatsim plugins`: what other packages add. Thin, with heavy imports inside."""

from __future__ import annotations

from threatsim.cli.options import Json, console, print_json


def plugins(as_json: Json = False) -> None:
    """List what installed packages add to threatsim, and what of it is broken.

    THREATSIM_NO_PLUGINS=1 switches plug-ins off.
    """
    from threatsim.catalogue.plugin_list import plugin_entries
    from threatsim.report.terminal.lists.plugin_table import print_plugins

    entries = plugin_entries()
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in entries])
    else:
        print_plugins(entries, console())
