"""That no place of a scenario is given a value twice: by two paths that vary, or by one and by `--set`."""

from __future__ import annotations

from collections.abc import Sequence

from threatsim.common.errors import InputError
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import dotted, expand


def check_apart(loaded: LoadedScenario, paths: Sequence[str], option: str) -> None:
    """Refuse paths of which one would undo what another, or `--set`, says, however each is written.

    `payers.*.audit.random`, `payers.0.audit.random` and `payers.medicare.audit.random` may all be one place. A value
    that is set around a place that varies (a whole section, of which one number varies) is not undone.

    Args:
        loaded: the scenario, with what `--set` says.
        paths: dotted paths that lead somewhere.
        option: where they were written.

    Raises:
        InputError: for the first of them.
    """
    data = loaded.document.data
    given = loaded.document.overridden
    varied: dict[KeyPath, str] = {}
    for path in paths:
        for place in expand(path, data):
            for target, typed in given.items():
                if target[: len(place)] == place:
                    raise InputError(
                        f"{dotted(place, data)} varies, and {typed} gives it a value; it is one or the other",
                        given=path,
                        location=f"{option} {path}",
                    )
            for other, former in varied.items():
                if other[: len(place)] == place or place[: len(other)] == other:
                    raise InputError(
                        f"{dotted(place, data)} varies by {former} already",
                        given=path,
                        location=f"{option} {path}",
                    )
        varied |= dict.fromkeys(expand(path, data), path)
