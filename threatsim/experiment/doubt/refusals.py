"""Numbers that cannot be drawn because of the attacks that a scenario has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from threatsim.common.errors import InputError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import uncertain_numbers


def check_operating_points(loaded: LoadedScenario, arms: Mapping[str, Scenario], aimed: Sequence[str]) -> None:
    """Refuse to draw an operating point that an attack stops at, or queries: its outcomes are computed once.

    Args:
        loaded: the scenario.
        arms: arm name -> the scenario as that arm sets it.
        aimed: the tactics whose attack is computed against the threshold (`tactics.aimed_at_threshold`).

    Raises:
        InputError: an operating point is uncertain, and an attack depends on the threshold.
    """
    if not aimed:
        return
    for arm, scenario in arms.items():
        for number in uncertain_numbers(scenario):
            for path in number.paths:
                if ".operating_point." in path:
                    where = origins(loaded, None if scenario is next(iter(arms.values())) else arm)[path]
                    place = where.place.within(loaded.path) if where.place else where.label
                    raise InputError(
                        f"{path}: it cannot be drawn: tactic '{aimed[0]}' is computed against the threshold, once for "
                        "all replicates",
                        given=path,
                        location=place,
                        hint="Give it no distribution, or leave out the tactics that stop at a success: "
                        f"{', '.join(aimed)}.",
                    )
