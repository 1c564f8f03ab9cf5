"""What is allowed in a scenario but seldom meant."""

from __future__ import annotations

from collections.abc import Iterator

from threatsim.scenario.reading.loaded import LoadedScenario


def remarks(loaded: LoadedScenario) -> Iterator[str]:
    """Yield what a user should look at once more, each in a line, with its place in the file where it has one."""
    scenario, document = loaded.scenario, loaded.document
    if scenario.burn_in > scenario.weeks:
        written = max(("burn_in",), ("weeks",), key=lambda path: path in document.spots)
        yield (
            f"{document.spot(written).value.within(loaded.path)}: the burn-in of {scenario.burn_in} weeks, which "
            f"is in no figure, is longer than the record of {scenario.weeks}"
        )
