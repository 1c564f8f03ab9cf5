"""Where each number of a scenario was written: in the file, in one that it extends, on the command line, or shared."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from threatsim.common.yaml_text.mistakes import KeyPath, Place
from threatsim.scenario.reading.arms import changed, read_changes, resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import PathError, expand
from threatsim.scenario.reading.sources import sourced_numbers

DEFAULT = "the default"


class Origin(NamedTuple):
    """Where a number was written.

    Attributes:
        label: for people: `mine.yaml:12`, `--set weeks=4`, `the default`.
        place: where in a file, or None where it is in none.
        path: the file of `place`.
        parameter: where the shared parameter is written that it refers to, as `fees.yaml:12`; else empty.
    """

    label: str
    place: Place | None = None
    path: Path | None = None
    parameter: str = ""


def origins(loaded: LoadedScenario, arm: str | None = None) -> dict[str, Origin]:
    """Return dotted path -> origin, for every number with unit, source and kind; of the scenario, or as an arm has it.

    Raises:
        ThreatsimError: the scenario has no such arm.
    """
    scenario = resolve_arm(loaded, arm) if arm else loaded.scenario
    names = [one.name for one in loaded.scenario.arms]
    changes = read_changes(loaded.document, names.index(arm))[0] if arm else []
    data = changed(loaded.document.data, changes)
    found: dict[str, Origin] = {}
    for number in sourced_numbers(scenario):
        try:
            paths = expand(number.path, data)
        except PathError:  # an optional section that is left out holds its default
            paths = []
        set_by = [change for change in changes for at in change.targets if paths and paths[0][: len(at)] == at]
        if set_by:
            written = origin_of(loaded, set_by[-1].entry)
            found[number.path] = written._replace(label=f"arm {arm}, {written.label}")
        else:
            found[number.path] = origin_of(loaded, paths[0]) if paths else Origin(DEFAULT)
    return found


def origin_of(loaded: LoadedScenario, path: KeyPath) -> Origin:
    """Return where what stands at a path was written."""
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
