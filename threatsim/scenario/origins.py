"""Where each number of a scenario was written: in the file, in one that it extends, on the command line, or shared."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from threatsim.scenario.document import Path as KeyPath
from threatsim.scenario.loaded import LoadedScenario
from threatsim.scenario.paths import PathError, expand
from threatsim.scenario.problems import Place
from threatsim.scenario.sources import sourced_numbers

DEFAULT = "the default"


class Origin(NamedTuple):
    """Where a number was written.

    Attributes:
        words: for people: `mine.yaml:12`, `--set weeks=4`, `the default`.
        place: where in a file, or None where it is in none.
        path: the file of `place`.
        parameter: where the shared parameter is written that it refers to, as `fees.yaml:12`; else empty.
    """

    words: str
    place: Place | None = None
    path: Path | None = None
    parameter: str = ""


def origins(loaded: LoadedScenario) -> dict[str, Origin]:
    """Dotted path -> origin, for every number of a scenario with unit, source and kind."""
    data = loaded.document.data
    found: dict[str, Origin] = {}
    for number in sourced_numbers(loaded.scenario):
        try:
            paths = expand(number.path, data)
        except PathError:  # an optional section that is left out holds its default
            paths = []
        found[number.path] = origin_of(loaded, paths[0]) if paths else Origin(DEFAULT)
    return found


def origin_of(loaded: LoadedScenario, path: KeyPath) -> Origin:
    """Where what stands at a path was written."""
    document = loaded.document
    for length in range(len(path), 0, -1):
        if path[:length] in document.overridden:
            return Origin(document.overridden[path[:length]])
    if path not in document.spots:
        return Origin(DEFAULT)
    place = document.spots[path].value
    file = place.file.path if place.file else loaded.path
    written = f"{file.name}:{place.line}"
    if path in document.parameters:
        shared = document.parameters[path]
        parameter = f"{shared.file.path.name if shared.file else ''}:{shared.line}"
        return Origin(f"{written}, parameter {parameter}", place, file, parameter)
    return Origin(written, place, file)
