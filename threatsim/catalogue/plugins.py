"""What other packages add: their entry points, which are found by name and imported when they are needed.

A package adds a thing by an entry point of a group of `GROUPS` in its `pyproject.toml`. A row's entry point has the
name of the row and leads to it (`pressure = "dental_plugin.rows:PRESSURE"`); a folder's leads to a folder of the
package, of which no code is run (`dental = "dental_plugin.scenarios"`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from threatsim.common.errors import PluginError
from threatsim.common.package_source import package_roots, python_files

_LOG = logging.getLogger(__name__)
OFF: Final = "THREATSIM_NO_PLUGINS"
"""The variable that switches plug-ins off where it is set and not empty."""
_PREFIX: Final = "threatsim."
SCENARIOS: Final = f"{_PREFIX}scenarios"
CLASSIFIERS: Final = f"{_PREFIX}classifiers"

_switched_off: ContextVar[bool] = ContextVar("switched_off", default=False)


@dataclass(frozen=True)
class Offer:
    """An entry point by which a package adds something.

    Attributes:
        entry: group, name and value.
        package: name of the distribution.
        version: its version.
    """

    entry: EntryPoint
    package: str
    version: str

    @property
    def name(self) -> str:
        """The name of what is added."""
        return self.entry.name

    @property
    def source(self) -> str:
        """Hash of the Python files of the package: 16 hex digits."""
        return _source(self.package, self.version, tuple(sys.path))

    def load(self) -> Any:
        """Return what it leads to, imported now; a stranger's code may raise anything."""
        return self.entry.load()

    def folder(self) -> Path:
        """Return the folder that it leads to; nothing is imported.

        Raises:
            PluginError: there is no such folder.
        """
        top, *below = self.entry.value.split(".")
        for root in package_roots(top):
            found = root.joinpath(*below)
            if found.is_dir():
                return found
        raise PluginError(f"its entry point '{self.name} = {self.entry.value}' is no folder", package=self.package)


def offers(group: str) -> tuple[Offer, ...]:
    """Return what packages add to a group, by name and then by package; nothing while plug-ins are off."""
    if are_off():
        return ()
    return _offers(group, tuple(sys.path))


def offered_groups() -> list[str]:
    """Return the groups of threatsim's that packages add something to, whether there is such a group or not."""
    return [] if are_off() else sorted(group for group in entry_points().groups if group.startswith(_PREFIX))


def are_off() -> bool:
    """Return whether plug-ins are off: by the variable `OFF`, or within `without_plugins`."""
    return bool(_switched_off.get() or os.environ.get(OFF))


@contextmanager
def without_plugins() -> Iterator[None]:
    """Switch plug-ins off in here, as if none were installed."""
    token = _switched_off.set(True)
    try:
        yield
    finally:
        _switched_off.reset(token)


def same_package(one: str, other: str) -> bool:
    """Return whether two names are of one distribution: case, hyphens and underscores do not tell (PEP 503)."""
    return _plain(one) == _plain(other)


def folders(group: str) -> list[tuple[Offer, Path]]:
    """Return the folders that packages add to a group; of one that is not there the log warns, once."""
    found = []
    for offer in offers(group):
        try:
            found.append((offer, offer.folder()))
        except PluginError as error:
            _warn(f"{error}; it is left out.")
    return found


def find_added(group: str, kind: str, name: str, inside: Callable[[Path], Iterable[Path]]) -> Path | None:
    """Return the file or folder of a name in the folders that packages add to a group; None if there is none.

    Args:
        group: of entry points that lead to folders.
        kind: what a message calls one of them, such as "scenario".
        name: its name, without the ending of a file; its package may stand before it (`package/name`).
        inside: what there is in a folder.

    Raises:
        PluginError: two packages have it.
    """
    package, _, short = name.rpartition("/")
    found = [
        (offer.package, path)
        for offer, folder in folders(group)
        if not package or same_package(package, offer.package)
        for path in inside(folder)
        if path.stem == short
    ]
    if len(found) > 1:
        (one, _), (other, _) = found[:2]
        raise PluginError(f"its {kind} '{short}' has a name that package '{other}' has given as well", package=one)
    return found[0][1] if found else None


def warn_of_namesakes(group: str, kind: str, own: Collection[str], inside: Callable[[Path], Iterable[Path]]) -> None:
    """Warn, once, of what packages add under a name that threatsim has given: the name alone means threatsim's.

    Args:
        group: of entry points that lead to folders.
        kind: what a message calls one of them, such as "scenario".
        own: names of threatsim's.
        inside: what there is in a folder.
    """
    for offer, folder in folders(group):
        for name in sorted(path.stem for path in inside(folder) if path.stem in own):
            _warn(
                f"package '{offer.package}': its {kind} '{name}' has a name that package 'threatsim' has given as "
                f"well; '{name}' is threatsim's, '{offer.package}/{name}' the other."
            )


@lru_cache
def _warn(message: str) -> None:
    """Warn in the log; the cache keeps it from being done twice."""
    _LOG.warning(message)


@lru_cache
def _offers(group: str, path: tuple[str, ...]) -> tuple[Offer, ...]:
    """Return the entry points of a group on the import path, which is `path`."""
    found = [Offer(entry, entry.dist.name, entry.dist.version) for entry in entry_points(group=group) if entry.dist]
    return tuple(sorted(found, key=lambda offer: (offer.name, offer.package)))


@lru_cache
def _source(package: str, version: str, path: tuple[str, ...]) -> str:
    distribution = Distribution.from_name(package)
    entries = [entry for entry in distribution.entry_points if entry.group.startswith(_PREFIX)]
    files: dict[str, Path] = {}
    for entry in entries:
        files |= python_files(entry.module.split(".")[0])
    for listed in distribution.files or ():
        if listed.suffix == ".py":
            files.setdefault(listed.as_posix(), Path(str(listed.locate())))
    digest = hashlib.sha256()
    for name in sorted(files):
        text = files[name].read_bytes() if files[name].is_file() else b""
        digest.update(f"{name}\n{len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
