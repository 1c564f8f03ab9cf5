"""`threatsim optimise`: from a scenario to the record of the best choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.answer_record import identity_of, parts_of
from threatsim.questions.optimise.best import best_choice
from threatsim.questions.optimise.goals import WantedSum, check_figures, read_constraint, read_sum
from threatsim.questions.optimise.in_turn import in_turn
from threatsim.questions.optimise.levers import Lever, Side, ends_of, fitting, read_levers
from threatsim.questions.optimise.proposals import check_installed
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.optimise.trials import Goals
from threatsim.questions.scenario_markets import asked_scenario, open_markets

Chooser = Literal["payer", "attacker", "both"]
_OF_ATTACKER: Final = "fraud_payoff"
"""What an attacker wants where nothing else is said: what false billing brings a year."""


@dataclass(frozen=True)
class OptimiseRequest:
    """What is asked.

    Attributes:
        run: the scenario, and where and how it is run.
        choose: what may be chosen, as `read_levers` reads it.
        minimise, maximise: what is wanted, as `read_sum` reads it; of `both` sides, the payer's.
        subject_to: what must hold, as `read_constraint` reads it.
        chooser: who chooses.
        trials: choices tried at most; of each reply, where both choose.
        replicates: markets of each trial.
        fresh: fresh markets of what is told.
        arm: the arm to start from, or None for the baseline.
    """

    run: RunRequest
    choose: tuple[str, ...]
    minimise: tuple[str, ...] = ()
    maximise: tuple[str, ...] = ()
    subject_to: tuple[str, ...] = ()
    chooser: Chooser = "payer"
    trials: int = 200
    replicates: int = 4
    fresh: int = 20
    arm: str | None = None


def optimise(request: OptimiseRequest, progress: Progress, executor: Executor) -> SearchRecord | InTurnRecord:
    """Find the best choice of a payer, of an attacker, or of both in turn.

    Args:
        request: what is asked.
        progress: told of what takes time, and of what it will cost before it begins.
        executor: where markets run.

    Raises:
        ThreatsimError: something is wrong with the scenario or what was asked, before anything is run; or nothing that
            was tried keeps the constraints.
    """
    check_installed()
    levers = read_levers(request.choose)
    _check_sides(levers, request.chooser)
    objectives = _objectives(request)
    constraints = tuple(read_constraint(text) for text in request.subject_to)
    for name, value, least in (("--trials", request.trials, 8), ("--replicates", request.replicates, 2)):
        if value < least:
            raise InputError(f"{name} is {value}; allowed is at least {least}", given=str(value))
    loaded = asked_scenario(request.run)
    levers = fitting(loaded, levers)
    check_figures(objectives, constraints, loaded.scenario)
    markets = open_markets(
        request.run,
        progress,
        executor,
        arms=[request.arm] if request.arm else None,
        varied=[lever.path for lever in levers],
        points=ends_of(levers),
    )
    markets = markets.of_arm(request.arm or markets.arms[0])
    sides = 1 if request.chooser != "both" else 2
    each = request.trials * request.replicates
    progress.note(
        f"{len(levers)} levers, {request.trials} trials of {request.replicates} markets: about {each} markets"
        + ("." if sides == 1 else ", for each reply.")
    )
    options = {
        "choose": list(request.choose),
        "minimise": list(request.minimise),
        "maximise": list(request.maximise),
        "subject_to": list(request.subject_to),
        "chooser": request.chooser,
        "trials": request.trials,
        "replicates": request.replicates,
        "fresh": request.fresh,
        "arm": markets.arms[0],
    }
    seed, arm = markets.loaded.scenario.seed, markets.arms[0]
    parts = parts_of(markets)
    if request.chooser == "both":
        attacker = WantedSum(read_sum(_OF_ATTACKER, "--maximise"), "maximise")
        both = in_turn(
            markets,
            {side: [lever for lever in levers if lever.side == side] for side in _SIDES},
            {"payer": Goals(arm, objectives, constraints), "attacker": Goals(arm, (attacker,))},
            trials=request.trials,
            replicates=request.replicates,
            fresh_replicates=request.fresh,
            seed=seed,
            name=markets.hash,
        )
        return InTurnRecord(question="in_turn", options=options, findings=both, **parts)
    identity = identity_of("optimise", markets.hash, options)
    journal = markets.folder / f"{identity}.journal"
    journal.parent.mkdir(parents=True, exist_ok=True)
    found = best_choice(
        markets,
        levers,
        Goals(arm, objectives, constraints),
        trials=request.trials,
        replicates=request.replicates,
        fresh_replicates=request.fresh,
        seed=seed,
        name=identity,
        journal=journal,
    )
    return SearchRecord(question="optimise", options=options, findings=found, **parts)


_SIDES: Final[tuple[Side, Side]] = ("payer", "attacker")


def _check_sides(levers: Sequence[Lever], chooser: Chooser) -> None:
    """Refuse levers that are not the chooser's, none at all, and a side without any where both choose."""
    if not levers:
        raise InputError(
            "nothing may be chosen", given="", hint="Name a path and its range: --choose payers.*.audit.random=0:0.1"
        )
    for lever in levers:
        if chooser != "both" and lever.side != chooser:
            other = {"payer": "--attacker", "attacker": "no --attacker"}[chooser]
            raise InputError(
                f"'{lever.path}' is the {lever.side}'s choice, not the {chooser}'s",
                given=lever.path,
                location=f"--choose {lever.path}",
                hint=f"With {other} it may be chosen; with --both either side has its own.",
            )
    if chooser == "both" and len({lever.side for lever in levers}) < 2:
        raise InputError(
            f"--both needs a lever of either side; all are the {levers[0].side}'s",
            given=levers[0].path,
            hint="A payer's begin with payers or law, an attacker's with tactics or conduct.",
        )


def _objectives(request: OptimiseRequest) -> tuple[WantedSum, ...]:
    found = [
        *(WantedSum(read_sum(text, "--minimise"), "minimise") for text in request.minimise),
        *(WantedSum(read_sum(text, "--maximise"), "maximise") for text in request.maximise),
    ]
    if not found and request.chooser == "attacker":
        found = [WantedSum(read_sum(_OF_ATTACKER, "--maximise"), "maximise")]
    if not found:
        raise InputError(
            "nothing is wanted",
            given="",
            hint="Say it with --minimise 'payer_loss + control_cost' or --maximise net_benefit.",
        )
    terms = [sorted(one.sum.terms) for one in found]
    if double := next((one for place, one in enumerate(found) if terms[place] in terms[:place]), None):
        raise InputError(
            f"--{double.direction} {double.sum.text} is wanted twice; one sum is one objective", given=double.sum.text
        )
    if request.chooser == "both" and len(found) > 1:
        raise InputError("--both takes one objective, the payer's", given=found[1].sum.text)
    return tuple(found)
