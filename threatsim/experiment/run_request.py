"""What a user asks for of a run, and the scenario that it is then of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario, read_scenario


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for.

    Attributes:
        scenario: a file, or the name of a scenario that comes with threatsim.
        text: what that file says, where it is at hand and not to be read again; None to read it.
        images: folder of real archives, or None for synthetic cases.
        replicates, seed: in place of the scenario's own.
        workers: processes for the market.
        device: auto, cpu or cuda.
        out: folder that the report's own folder is made in.
        patterns: whether to hold the market against published patterns.
        keep_claims: whether the report keeps every claim, and not a sample only.
        overrides: dotted path -> value, set in the scenario before it is checked.
        include: folders beyond its own that the scenario may extend files of.
        doubt: draws of the uncertain numbers, in place of the scenario's own.
        again: whether a report that is there already is made again.
        kept: whether what earlier runs have found out and kept is taken; outcomes of attacks are in any case.
        page: whether the report gets its page, Markdown and charts.
        executor: where the market runs: local, dask, or the address of a scheduler.
        fail_fast: whether the first replicate at which a process dies ends the run, and the first that fails in any way
            a question of many runs; else the rest is finished first.
        until_interval: the figure and how narrow its interval is to be (`interval_goal.read_goal`); empty for as many
            replicates as the scenario has.
        finding: what label 1 is to stand for in archives of several findings; the first of each if None.
        max_replicates: replicates after which a run with such an interval ends in any case; the usual number if None.
    """

    scenario: str
    images: Path | None
    replicates: int | None
    seed: int | None
    workers: int
    device: str
    out: Path
    patterns: bool = True
    keep_claims: bool = False
    overrides: Mapping[str, Any] = field(default_factory=dict)
    include: Sequence[Path] = ()
    doubt: int | None = None
    again: bool = True
    kept: bool = True
    page: bool = True
    executor: str = "local"
    fail_fast: bool = False
    until_interval: str = ""
    max_replicates: int | None = None
    finding: str | None = None
    text: str | None = None


def loaded_for(request: RunRequest) -> LoadedScenario:
    """Return the scenario of a run, with the replicates, the seed and the draws that are asked for.

    Raises:
        ThreatsimError: for anything wrong with it.
    """
    own = {"replicates": request.replicates, "seed": request.seed, "doubt": request.doubt}
    overrides = {**request.overrides, **{key: value for key, value in own.items() if value is not None}}
    return scenario_with(request, overrides)


def scenario_with(request: RunRequest, overrides: Mapping[str, Any]) -> LoadedScenario:
    """Return the scenario of a run, with these values set in place of those of the request.

    Raises:
        ThreatsimError: for anything wrong with it.
    """
    if request.text is None:
        return load_scenario(request.scenario, overrides=overrides, include=request.include)
    return read_scenario(request.text, Path(request.scenario), overrides=overrides, include=request.include)
