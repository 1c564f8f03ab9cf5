"""A whole run: from a scenario file to its record, every step of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threatsim.common.progress import Progress
from threatsim.experiment.run import OnAnswer, Run
from threatsim.experiment.run_request import RunRequest, loaded_for
from threatsim.experiment.written import Provenance
from threatsim.scenario.reading.loaded import LoadedScenario

if TYPE_CHECKING:
    from threatsim.outcomes.bank.bank import OutcomeBank


def run(
    request: RunRequest, progress: Progress, *, on_look: OnAnswer | None = None, on_answer: OnAnswer | None = None
) -> Run:
    """Run a scenario to its end.

    Args:
        request: what the user asks for.
        progress: told of what takes time.
        on_look: told of a first answer as soon as there is any, from `LOOK` replicates.
        on_answer: told of the answer as soon as it is known.

    Raises:
        ThreatsimError: for anything wrong with the input; nothing is then written.
        KeyboardInterrupt: on Ctrl-C; finished replicates are kept and taken up by the next run.
    """
    return run_loaded(loaded_for(request), request, progress, on_look=on_look, on_answer=on_answer)


def run_loaded(
    loaded: LoadedScenario,
    request: RunRequest,
    progress: Progress,
    *,
    written: Provenance | None = None,
    on_look: OnAnswer | None = None,
    on_answer: OnAnswer | None = None,
    bank: OutcomeBank | None = None,
) -> Run:
    """Return `run` of a scenario that is loaded already, with its own replicates and seed.

    Args:
        loaded: the scenario.
        request: what the user asks for; its scenario, replicates, seed and overrides are not read again.
        progress: told of what takes time.
        written: what the record says of where its values come from, for one that is not from a file.
        on_look: told of a first answer, from `LOOK` replicates.
        on_answer: told of the answer as soon as it is known.
        bank: keeps the outcomes of attacks, in place of that of the cache.

    Returns:
        A finished run, whose report is not yet written; or one that found it there already (`Run.there`).
    """
    run = Run(loaded, request, progress)
    if bank is not None:
        run.bank = bank
    run.check()
    run.executor.check()
    run.prepare()
    if run.there is not None:
        run.record = run.there
        return run
    with run.on():
        run.simulate(written, on_look)
        run.answer(written)
        if on_answer is not None:
            on_answer(run.record)
        run.measure()
    return run
