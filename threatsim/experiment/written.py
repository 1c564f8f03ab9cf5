"""Where a run's numbers were written, and what was asked for in place of what the scenario's files say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threatsim.experiment.record.record import FINDING, Override, RunRecord
from threatsim.experiment.run_request import RunRequest
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.paths import at

_SET: Final = "--set"
_OPTIONS: Final = ("replicates", "seed", "doubt")
"""Keys of a scenario that a run has an option for, of the same name."""


@dataclass(frozen=True)
class Provenance:
    """What a record says of where the scenario's values come from.

    Attributes:
        origins: dotted path of a number -> where it was written.
        overridden: what was asked for in place of the scenario's own.
    """

    origins: Mapping[str, str]
    overridden: Sequence[Override]

    @classmethod
    def of(cls, record: RunRecord) -> Provenance:
        """Return what a record says, for a run of the same scenario that is not read from its files."""
        return cls(record.origins, record.overridden)


def written_in(loaded: LoadedScenario, request: RunRequest) -> Provenance:
    """Return where the numbers of a scenario were written, and what a run of it was asked for beside."""
    found = {path: origin.label for path, origin in origins(loaded).items()}
    return Provenance(found, overridden_in(loaded, request))


def overridden_in(loaded: LoadedScenario, request: RunRequest, *, without: Sequence[str] = ()) -> tuple[Override, ...]:
    """Return what was asked for in place of the scenario's own, unless it is the same, in the order it was given.

    Args:
        loaded: the scenario.
        request: what else was asked for: its images, and what is found in them.
        without: keys that are no user's doing.
    """
    document = loaded.document
    texts = [
        text
        for path, text in document.overridden.items()
        # Of a relative value, as {times: 2}, what it replaced is not kept.
        if path[0] not in without and ("={" in text or document.replaced.get(path) != at(document.data, path))
    ]
    found = [_option(text.removeprefix(f"{_SET} ")) for text in dict.fromkeys(texts)]
    if request.images is not None:
        # Where the folder lies is no business of a report that is passed on.
        found.append(Override(option="--images", value=Path(request.images).resolve().name))
    if request.finding is not None:
        found.append(Override(option=FINDING, value=request.finding))
    return tuple(found)


def _option(setting: str) -> Override:
    path, _, value = setting.partition("=")
    if path in _OPTIONS:
        return Override(option=f"--{path}", value=value)
    return Override(option=_SET, value=setting)
