"""Scenarios by name: a file, or one that comes with threatsim or with a plug-in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from threatsim.catalogue.plugins import SCENARIOS, find_added, folders, warn_of_namesakes
from threatsim.common.errors import InputError
from threatsim.common.library import library_folder
from threatsim.common.suggest import nearest

_SUFFIXES = (".yaml", ".yml")


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with threatsim, sorted, then those of plug-ins, sorted."""
    own = {path.stem for path in _files(library_folder("scenarios"))}
    warn_of_namesakes(SCENARIOS, "scenario", own, _files)
    added = {path.stem for _, folder in folders(SCENARIOS) for path in _files(folder)}
    return (*sorted(own), *sorted(added - own))


def find_scenario(path_or_name: str | os.PathLike[str]) -> Path:
    """Return the file of a scenario.

    A path wins over a name: `insurance_upcoding.yaml` is a file here if there is one, else the scenario that
    comes with threatsim, else that of a plug-in, whose name may have its package before it (`package/name`).

    Raises:
        InputError: there is neither such a file nor such a scenario; or it is a folder.
        PluginError: two plug-ins have a scenario of this name.
    """
    given = os.fspath(path_or_name)
    path = Path(given)
    if "\0" in given or not given.strip():
        raise InputError("a scenario needs a file or a name", given=given, hint=_offer("insurance_upcoding"))
    try:
        there = path.is_file()
    except OSError as error:  # a name too long, a folder that may not be entered
        shown = given[:80]
        raise InputError(f"there can be no such scenario file: {error.strerror}", given=given, location=shown) from None
    if there:
        return path
    if path.parent == Path():  # a name alone, with or without its ending
        for suffix in _SUFFIXES:
            candidate = library_folder("scenarios") / f"{_stem(path)}{suffix}"
            if candidate.is_file():
                warn_of_namesakes(SCENARIOS, "scenario", {candidate.stem}, _files)
                return candidate
    named = (path.parent / _stem(path)).as_posix()
    if (added := find_added(SCENARIOS, "scenario", named, _files)) is not None:
        return added
    if path.is_dir():
        inside = [file.name for file in _files(path)]
        held = f"It holds {', '.join(inside[:5])}." if inside else _offer(path.name)
        raise InputError("this is a folder, not a scenario file", given=given, hint=held, location=given)
    if path.exists():
        raise InputError("this is not an ordinary file", given=given, location=given)
    raise InputError(
        "there is no such scenario file",
        given=given,
        allowed=scenario_names(),
        hint=_offer(_stem(path)),
        location=given,
    )


def scenarios_in(names: Sequence[str]) -> list[str]:
    """Return the files and names given, with every scenario file of a folder in the folder's place.

    Raises:
        InputError: a folder holds no scenario file.
    """
    found: list[str] = []
    for name in names:
        folder = Path(name)
        if not folder.is_dir():
            found.append(name)
            continue
        inside = [str(path) for path in _files(folder) if path.is_file()]
        if not inside:
            raise InputError("this folder holds no scenario file (.yaml)", given=name, location=name)
        found += inside
    return found


def _files(folder: Path) -> list[Path]:
    """Return the scenario files of a folder, sorted."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)


def _offer(name: str) -> str:
    close = nearest(name, scenario_names())
    known = ", ".join(scenario_names()) or "none"
    return (
        f"Did you mean '{close}'? Scenarios that come with threatsim: {known}."
        if close
        else (f"Scenarios that come with threatsim: {known}.")
    )


def _stem(path: Path) -> str:
    return path.stem if path.suffix in _SUFFIXES else path.name
