"""The scenarios that may be tried: those that come with threatsim, and those of one folder that the user named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatsim.catalogue.plugins import without_plugins
from threatsim.common.errors import ThreatsimError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import find_scenario, scenario_names

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Base:
    """A scenario that others start from.

    Attributes:
        key: what addresses call it: `library/NAME` or `own/NAME`.
        path: its file.
        extends: how a file in the user's folder names it.
    """

    key: str
    path: Path
    extends: str


@dataclass(frozen=True)
class Bases:
    """The scenarios that may be tried. No path comes from the browser: a key is looked up among those that there are.

    Attributes:
        folder: the user's own, which scenarios are saved into; None for none.
        plugins: whether plug-ins may run, since the user said so at the terminal (`threatsim --trust view`).
    """

    folder: Path | None = None
    plugins: bool = False

    def all(self) -> list[Base]:
        """Return them, the user's own first."""
        with self.trusted():
            return [*self._own(), *(Base(f"library/{name}", find_scenario(name), name) for name in scenario_names())]

    def find(self, key: str) -> Base | None:
        """Return the scenario of a key; None if there is none any more."""
        return next((base for base in self.all() if base.key == key), None)

    def called(self, name: str) -> Base | None:
        """Return the scenario that calls itself so, whatever its file is called; the user's own come first."""
        for base in self.all():
            if base.key.startswith("library/"):
                if base.path.stem == name:
                    return base
            elif self._name_of(base) == name:
                return base
        return None

    def load(self, base: Base, values: Mapping[str, Any] | None = None) -> LoadedScenario:
        """Return a scenario with some values set.

        Raises:
            InputError: it has mistakes, or a value is not allowed where it stands.
        """
        with self.trusted():
            return load_scenario(base.path, overrides=values or {})

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """Let plug-ins be found in here only if the user trusts them."""
        with nullcontext() if self.plugins else without_plugins():
            yield

    def _own(self) -> Iterator[Base]:
        if self.folder is None or not self.folder.is_dir():
            return
        inside = self.folder.resolve()
        for path in sorted(inside.iterdir()):
            shown = path.suffix in _SUFFIXES and not path.name.startswith(".") and path.is_file()
            if shown and path.resolve().is_relative_to(inside):
                yield Base(f"own/{path.name}", path, path.name)

    def _name_of(self, base: Base) -> str:
        try:
            return self.load(base).scenario.name
        except ThreatsimError:  # a file that is being written, or no scenario at all
            return ""
