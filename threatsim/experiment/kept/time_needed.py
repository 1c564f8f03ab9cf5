"""How long a run will take on this machine: what it need not compute, and a stretch of its market, measured."""

from __future__ import annotations

import math
import time
from typing import Final

from pydantic import Field

from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.device import kind_of_device
from threatsim.experiment.execution.local import available_workers
from threatsim.experiment.kept import known_pictures
from threatsim.experiment.record.part import RecordPart
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario

_TRIED: Final = 8  # weeks of one replicate, without those before the record


class TimeNeeded(RecordPart):
    """What a run has before it on this machine, without patterns and page."""

    attacks: int = Field(description="Attacks at most that come first; 0 where an earlier run has kept them.")
    markets: int = Field(description="Replicates of all arms, and of the draws of uncertain numbers.")
    weeks: int = Field(description="Weeks of each, those before the record among them.")
    processes: int = Field(description="Processors that the run would use.")
    seconds: float | None = Field(
        description="What the markets take on these, from a stretch of one that was simulated; None before the attacks "
        "are there."
    )


def time_needed(loaded: LoadedScenario) -> TimeNeeded:
    """Return what a run of a scenario has before it here; a few weeks of its market are simulated.

    Raises:
        ThreatsimError: arms contradict each other.
    """
    scenario = loaded.scenario
    arms = {arm.name: resolve_arm(loaded, arm.name) for arm in scenario.arms}
    known = None
    if known_pictures.same_attacks(list(arms.values())):
        device = kind_of_device("auto")
        known = known_pictures.load(known_pictures.pictures_key(scenario, list(arms.values()), device))
    markets = len(arms) * (scenario.replicates + scenario.doubt)
    weeks, processes = scenario.burn_in + scenario.weeks, min(available_workers(), markets)
    seconds = None
    if known:
        seconds = math.ceil(markets / processes) * _seconds_a_week(scenario, known) * weeks
    return TimeNeeded(
        attacks=0 if known else _most_attacks(scenario),
        markets=markets,
        weeks=weeks,
        processes=processes,
        seconds=seconds,
    )


def _most_attacks(scenario: Scenario) -> int:
    """Return how many attacks there are if none is known: one a case and a tactic that alters it."""
    altering = [tactic for tactic in scenario.tactics.values() if tactic.attack in ATTACKS and tactic.attack != "none"]
    return scenario.cases.per_modality * len(scenario.modalities) * len(altering)


def _seconds_a_week(scenario: Scenario, known: known_pictures.KnownPictures) -> float:
    """Return what a week takes, measured on the second of two markets: the first of a process imports and reads."""
    from threatsim.market.simulation import simulate

    short = scenario.model_copy(update={"burn_in": 0, "weeks": _TRIED})
    for _ in range(2):
        began = time.perf_counter()
        simulate(short, known.tables, arm=scenario.arms[0].name, replicate=0, seed=scenario.seed)
        took = time.perf_counter() - began
    return took / _TRIED
