"""All layouts that are read, and which of them a folder has."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from threatsim.cases.layouts import chest, fundus, skin
from threatsim.cases.layouts.layout import Layout
from threatsim.cases.layouts.own import OWN
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean

LAYOUTS: tuple[Layout, ...] = (OWN, *fundus.LAYOUTS, *chest.LAYOUTS, *skin.LAYOUTS)
"""All layouts, in the order in which they are listed."""
_NAMED = 5  # tables that a message names
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Recognised:
    """A folder's layout and its tables."""

    layout: Layout
    tables: tuple[Path, ...]


def recognise(folder: Path) -> Recognised | None:
    """Find the layout of a folder; None where it has none of them.

    Raises:
        InputError: it has two, or two versions of one table.
    """
    found = [Recognised(layout, tables) for layout in LAYOUTS if (tables := layout.found_in(folder))]
    if len(found) > 1:
        first, second = (f"{one.layout.title} ({one.tables[0].name})" for one in found[:2])
        raise InputError(
            f"two archives lie in this folder: {first} and {second}",
            given=str(folder),
            location=str(folder),
            hint="Give each a folder of its own, and name the one that is meant.",
        )
    if found and not found[0].layout.several and len(found[0].tables) > 1:
        names = " and ".join(table.name for table in found[0].tables)
        raise InputError(
            f"{found[0].layout.title} is here with {len(found[0].tables)} tables of labels, {names}",
            given=str(folder),
            location=str(folder),
            hint="They are versions of one table: leave the one that is meant.",
        )
    return found[0] if found else None


def find_archives(path: Path) -> dict[str, Path]:
    """Find the archives at `path`, by modality: `path` itself, or folders in it.

    A folder in threatsim's own layout is named after its modality; one in a published layout may be called anything.

    Raises:
        InputError: `path` is no folder, holds no archive, or holds two of one modality.
    """
    if not path.is_dir():
        raise InputError("there is no such folder of images", given=str(path), location=str(path))
    kinds = IMAGE_MODALITIES
    if here := recognise(path):
        name = here.layout.modality or path.resolve().name
        if name in kinds:
            return {name: path}
        raise InputError(
            f"an archive's folder must be named after its modality, and '{name}' is none",
            given=name,
            allowed=kinds,
            location=str(path),
            hint=f"Allowed are {', '.join(kinds)}. {did_you_mean(name, kinds)}".strip(),
        )
    found: dict[str, Path] = {}
    for folder in sorted(one for one in path.iterdir() if one.is_dir()):
        one = recognise(folder)
        name = "" if one is None else one.layout.modality or folder.name
        if one is None or name not in kinds:
            continue
        if folder.name in kinds and folder.name != name:
            raise InputError(
                f"the folder is named after {folder.name}, and {one.layout.title} is of {name}",
                given=folder.name,
                location=str(folder),
            )
        if name in found:
            raise InputError(
                f"there are two archives of {name} here, {found[name].name}/ and {folder.name}/",
                given=str(path),
                location=str(path),
                hint="Name the folder of the one that is meant.",
            )
        found[name] = folder
    if not found:
        raise InputError(
            f"there is no archive here, nor in a folder of it. Looked for: {looked_for()}",
            given=str(path),
            location=str(path),
            hint=_tables_at(path)
            + (
                _of_another_year(path)
                or "Pictures of your own lie in images/ beside labels.csv, in a folder named after their modality: "
                + " or ".join(f"{name}/" for name in kinds)
            ),
        )
    return {name: found[name] for name in kinds if name in found}


def _tables_at(path: Path) -> str:
    """Say which tables lie in a folder and in those right below; empty if none does."""
    found = sorted(str(one.relative_to(path)) for pattern in ("*.csv", "*/*.csv") for one in path.glob(pattern))
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"Tables that are here: {', '.join(found[:_NAMED])}{more}. " if found else ""


def _of_another_year(path: Path) -> str:
    """Say which tables there are called as those of layouts but for a number; empty if none is."""
    found = []
    for table in sorted({one.name for pattern in ("*.csv", "*/*.csv") for one in path.glob(pattern)}):
        patterns = [pattern for layout in LAYOUTS for pattern in layout.tables if _NUMBER.search(pattern)]
        like = [one for one in patterns if fnmatch(_NUMBER.sub("#", table), _NUMBER.sub("#", one))]
        if like:
            found.append(f"{table} has the name of {' or '.join(dict.fromkeys(like))}, but of a year that is not read.")
    return " ".join(found[:_NAMED])


def findings_at(path: Path, finding: str | None, names: Collection[str] | None = None) -> dict[str, str]:
    """Say for which archives at `path` label 1 is to stand for a finding; the others keep the first of their layout.

    Args:
        path: an archive, or a folder of some.
        finding: what a user asks for; nothing if None.
        names: the modalities that it may be of; all that are there if None.

    Returns:
        Modality -> the finding, for every archive that has it.

    Raises:
        InputError: no archive has it, or there is none.
    """
    if finding is None:
        return {}
    here = {name: folder for name, folder in find_archives(path).items() if names is None or name in names}
    layouts = {name: one.layout for name, folder in here.items() if (one := recognise(folder)) and one.layout.modality}
    found = {name: finding for name, layout in layouts.items() if finding in layout.findings}
    if not found:
        allowed = tuple(dict.fromkeys(known for layout in layouts.values() for known in layout.findings))
        there = f"there are {', '.join(allowed)}" if allowed else "a labels.csv of your own says itself what label 1 is"
        titles = " or ".join(layout.title for layout in layouts.values()) or "the archive"
        raise InputError(
            f"there is no finding '{finding}' in {titles}; {there}",
            given=finding,
            allowed=allowed,
            location=str(path),
        )
    return found


def refuse_finding(finding: str | None) -> None:
    """Refuse a finding where there are no archives that it could be one of.

    Raises:
        InputError: there is a finding.
    """
    if finding is not None:
        raise InputError(
            "a finding is one of an archive of real images; name their folder with --images", given=finding
        )


def looked_for() -> str:
    """Say by which tables archives are recognised."""
    return ", ".join(f"{layout.tables[0]} ({layout.title.partition(':')[0]})" for layout in LAYOUTS)
