"""A scenario with the arms that moments need, and whether it is long enough and has what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threatsim.calibration.moment_figures import OWN_FIGURES
from threatsim.calibration.moments_file import Moment, ReadMoments
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean
from threatsim.experiment.run_request import RunRequest, scenario_with
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import SAME_IN_ALL_ARMS, PathError, expand
from threatsim.scenario.schema import Scenario


def scenario_with_arms(
    request: RunRequest, overrides: Mapping[str, Any], read: ReadMoments
) -> tuple[LoadedScenario, dict[str, Any]]:
    """Return a scenario with the arms of a file of moments behind its own, and the overrides that make it so.

    Raises:
        InputError: the scenario has mistakes, has an arm of the same name, or an arm sets what is not there.
    """
    held = {**overrides, "replicates": 2, "doubt": 0}
    loaded = scenario_with(request, held)
    if not read.content.arms:
        return loaded, held
    own = loaded.document.data["arms"]
    names = [arm.name for arm in loaded.scenario.arms]
    for place, arm in enumerate(read.content.arms):
        if arm.name in names:
            raise read.refusal(("arms", place, "name"), f"the scenario has an arm '{arm.name}' already")
        for path in arm.set:
            _check_path(path, loaded, read, place)
    more = [arm.model_dump() for arm in read.content.arms]
    held = {**held, "arms": [*own, *more]}
    try:
        return scenario_with(request, held), held
    except InputError as error:
        raise InputError(f"the arms of {read.path}: {error.message}", given=str(read.path), hint=error.hint) from None


def _check_path(path: str, loaded: LoadedScenario, read: ReadMoments, place: int) -> None:
    at = ("arms", place, "set", path)
    if path.split(".")[0] in SAME_IN_ALL_ARMS:
        raise read.refusal(at, f"an arm cannot set '{path}', which is the same in all arms")
    try:
        expand(path, loaded.document.data)
    except PathError as error:
        raise read.refusal(at, str(error), error.hint) from None


def check_moments(read: ReadMoments, scenario: Scenario) -> None:
    """Refuse a moment that the scenario's record or its arms cannot give.

    Raises:
        InputError: with its place in the file.
    """
    arms = [arm.name for arm in scenario.arms]
    for name, moment in read.content.moments.items():
        measure, at = moment.measure, ("moments", name, "measure")
        if measure.arm and measure.arm not in arms:
            text = f"the scenario has no arm '{measure.arm}'; it has {', '.join(arms)}"
            raise read.refusal((*at, "arm"), text, did_you_mean(measure.arm, arms) or "")
        if measure.how != "level" and measure.arm == arms[0]:
            raise read.refusal((*at, "arm"), f"'{arms[0]}' is the baseline, against which nothing of it changes")
        if measure.weeks and measure.weeks[1] > scenario.weeks:
            text = f"week {measure.weeks[1]} lies beyond the record, which has {scenario.weeks}"
            raise read.refusal((*at, "weeks"), text, "Set more with --set weeks=N.")
        _check_years(read, moment, name, scenario.weeks)


def _check_years(read: ReadMoments, moment: Moment, name: str, weeks: int) -> None:
    row = OWN_FIGURES.get(moment.measure.figure)
    if row and weeks < row.years * WEEKS_PER_YEAR:
        raise read.refusal(
            ("moments", name, "measure", "figure"),
            f"'{moment.measure.figure}' needs {row.years} whole years; the record has {weeks} weeks",
            f"Set more with --set weeks={row.years * WEEKS_PER_YEAR}.",
        )
