"""A sweep in shares: its plan for machines that share nothing but files, and its answer from their shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.figures_run import FiguresRun
from threatsim.experiment.execution.handshake import handshake, refuse_another
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.parts import MERGED
from threatsim.experiment.execution.sharding.plan_file import formed
from threatsim.experiment.execution.sharding.prepared_plan import PreparedPlan, write_prepared
from threatsim.experiment.execution.sharding.shards import whole_shards
from threatsim.experiment.prepared_run import keeping_of, prepare_run
from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.experiment.record.writing import check_writable
from threatsim.questions.scenario_markets import points_folder
from threatsim.questions.sweep.question import QUESTION, Sweep, SweepRecord, SweepRequest, answered, planned_sweep

_RECORD: Final = "sweep.json"


def prepare(request: SweepRequest, out: Path, progress: Progress) -> tuple[str, int]:
    """Attack, and write the plan of a sweep, or of the run where nothing is asked for but that.

    Returns:
        The plan's identity, and how many markets it has.

    Raises:
        ThreatsimError: as of a run or a sweep, or the folder holds another plan.
    """
    if request.is_run:
        return prepare_run(request.run, out, progress)
    if request.run.doubt is not None:
        raise InputError(
            f"--doubt is {request.run.doubt}, and a sweep has no draws of the uncertain numbers",
            given=str(request.run.doubt),
            hint="Vary the numbers that are uncertain, or prepare a run without --vary.",
        )
    return prepare_sweep(request, out, progress)


def prepare_sweep(request: SweepRequest, out: Path, progress: Progress) -> tuple[str, int]:
    """Attack as a sweep would, and write its plan.

    Args:
        request: the sweep.
        out: folder to write to.
        progress: told of what is attacked.

    Returns:
        The plan's identity, and how many markets it has.

    Raises:
        ThreatsimError: as of a sweep, or the folder holds another plan.
    """
    check_writable(out / "plan")
    planned = planned_sweep(request, progress, LocalExecutor(1))
    plan, cells = planned.markets.plan_of(planned.asked)
    identity = write_prepared(
        out,
        plan,
        planned.markets.tables,
        cells,
        title=planned.record.title,
        question=QUESTION,
        files={_RECORD: canonical_json(planned.record.model_dump(mode="json")).encode()},
    )
    return identity, len(cells)


def merged_sweep(prepared: PreparedPlan, folders: Sequence[Path], *, out: Path) -> Sweep:
    """Return the answer of a sweep whose shards are in folders; finished markets are kept beside those of others.

    Args:
        prepared: its plan.
        folders: of shards, or folders that hold some.
        out: folder for answers.

    Raises:
        ThreatsimError: a shard is missing, damaged or another's, or this machine would compute another answer; nothing
            is then written. Or every market failed.
    """
    keeping = keeping_of(prepared)
    shards = whole_shards(prepared, folders, keeping)
    refuse_another(prepared.expected, handshake(), where="this machine")
    path = prepared.folder / _RECORD
    record = formed(lambda: _as_asked(SweepRecord.model_validate_json(prepared.file(_RECORD))), path, "plan")
    if record.scenario != prepared.plan.base.get("name"):  # names the folder of the answer
        raise ThreatsimError("is of another scenario than its plan", location=str(path))
    check_writable(out / record.scenario / "sweep")
    folder = points_folder(out, record.scenario)
    keeping.gather(shards.folders, folder)
    baseline = prepared.plan.scenario_of(prepared.cells[0])
    return answered(record, baseline, FiguresRun(folder / MERGED, prepared.cells, shards.failures))


def _as_asked(record: SweepRecord) -> SweepRecord:
    """Return a record with arms and paths in the order in which they were asked for; a file has them sorted."""
    found = record.findings
    points = tuple({one.path: values[one.path] for one in found.varied} for values in found.points)
    arms = {name: record.arms[name] for name in record.options["arms"]}
    return record.model_copy(update={"arms": arms, "findings": found.model_copy(update={"points": points})})
