"""Two sweeps of one design, point by point: what each arm's figures differ by, in the same replicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from pydantic import Field, ValidationError

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.catalogue.written.report_kinds import REPORT_KINDS, kind_of
from threatsim.common.errors import InputError, RecordError
from threatsim.experiment.figures.contrast import Contrast
from threatsim.experiment.figures.estimates import estimate
from threatsim.experiment.record.part import RecordPart
from threatsim.questions.sweep.findings import VariedPath
from threatsim.questions.sweep.question import MarketFigure, SweepRecord, content_hash
from threatsim.questions.verification import answer_in
from threatsim.statistics.estimate import Difference, Estimate
from threatsim.statistics.ratio import Floats, ReplicateSample

_SWEEP: Final = REPORT_KINDS["sweep"]
_METRICS: Final = "metrics.parquet"
Of = Mapping[tuple[int, str, str], Mapping[int, MarketFigure]]
"""Point, arm, figure -> replicate -> the figure of that market."""


class PointDifference(RecordPart):
    """A figure of an arm at a point, in both sweeps."""

    point: int = Field(description="Number of the point.")
    arm: str = Field(description="Name of the arm.")
    figure: str = Field(description="Name of the figure, with @ and a payer or tactic for a part of the arm.")
    first: Estimate = Field(description="The figure in the first sweep, over the replicates that both have.")
    second: Estimate = Field(description="The figure in the second.")
    difference: Difference = Field(description="The second less the first, paired by replicate.")


class SweepComparison(RecordPart):
    """The second of two sweeps of one design less the first."""

    sides: tuple[str, str] = Field(description="The folders.")
    scenarios: tuple[str, str] = Field(description="The scenarios' titles.")
    replicates: int = Field(description="Replicates that both have.")
    arms: dict[str, str] = Field(description="Arm that both have -> its title in the first.")
    figures: tuple[str, ...] = Field(description="Figures that both tell of.")
    varied: tuple[VariedPath, ...] = Field(description="What varies, as the first tells it.")
    points: tuple[dict[str, Any], ...] = Field(description="Dotted path -> value at each point.")
    found: tuple[PointDifference, ...] = Field(description="Every figure of every arm at every point.")


class ReadSweep(NamedTuple):
    """A sweep that was read: its folder, its record and every figure of every market."""

    folder: Path
    record: SweepRecord
    of: Of


def sweeps_among(folders: Sequence[Path]) -> bool:
    """Return whether answers to questions are to be compared.

    Raises:
        InputError: one is an answer, and they are not two sweeps.
    """
    answers = [answer_in(folder) for folder in folders]
    if not any(answers):
        return False
    allowed = "reports are compared with reports, and two sweeps with each other"
    for folder, answer in zip(folders, answers, strict=True):
        kind = kind_of(answer)
        if kind is not _SWEEP:
            phrase = kind.phrase if kind else "the report of a run, or nothing"
            raise InputError(f"it is {phrase}, and not a sweep: {allowed}", given=str(folder), location=str(folder))
    if len(folders) != 2:
        raise InputError(f"there are {len(folders)} sweeps: {allowed}", given=str(len(folders)))
    return True


def read_sweep(folder: Path) -> ReadSweep:
    """Return a sweep from its folder.

    Raises:
        RecordError: its record or its figures are absent, damaged, or not those that it was written with.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        record = SweepRecord.model_validate(answer_in(folder))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        text = f"the record is damaged or was edited: {where}: {first['msg']}"
        raise RecordError(text, path=folder, fault="damaged") from None
    try:
        table = pq.read_table(folder / _METRICS)
        rows = [MarketFigure(**row) for row in table.to_pylist()]
    except (OSError, pa.ArrowException, TypeError) as error:
        text = f"{_METRICS} cannot be read: {error}"
        raise RecordError(text, path=folder, fault="damaged") from None
    if content_hash(rows) != record.findings.metrics_hash:
        text = f"the record does not agree with {_METRICS}"
        raise RecordError(text, path=folder, fault="edited", hint="Run the sweep again; what is finished is kept.")
    of: dict[tuple[int, str, str], dict[int, MarketFigure]] = defaultdict(dict)
    for row in rows:
        of[row.point, row.arm, row.metric][row.replicate] = row
    return ReadSweep(folder, record, of)


def compare_sweeps(first: ReadSweep, second: ReadSweep) -> SweepComparison:
    """Return what the second sweep has beyond the first, at every point.

    Args:
        first, second: sweeps of the same points and seed. Replicates, arms and figures that only one has are left out.

    Raises:
        InputError: they have other points or seeds, or no arm or figure in common.
    """
    one, other = first.record, second.record
    _same("points", one.findings.points, other.findings.points, "Run both with the same --vary and --design.")
    hint = "Run both with the same --seed, so that replicate i of both has the same streams."
    _same("seed", one.seed, other.seed, hint)
    arms = {name: title for name, title in one.arms.items() if name in other.arms}
    figures = tuple(name for name in one.findings.figures if name in other.findings.figures)
    for what, common in (("arm", arms), ("figure", figures)):
        if not common:
            raise InputError(f"the two sweeps have no {what} in common", given=str(second.folder))
    return SweepComparison(
        sides=(str(first.folder), str(second.folder)),
        scenarios=(one.title, other.title),
        replicates=min(one.findings.replicates, other.findings.replicates),
        arms=arms,
        figures=figures,
        varied=one.findings.varied,
        points=one.findings.points,
        found=tuple(
            _difference(first.of, second.of, point, arm, figure)
            for figure in figures
            for point in range(len(one.findings.points))
            for arm in arms
        ),
    )


def _same(what: str, first: Any, second: Any, hint: str) -> None:
    if first != second:
        told = [f"{len(one)} points" if what == "points" else str(one) for one in (first, second)]
        sides = f"{told[0]} and {told[1]}" if told[0] != told[1] else f"{told[0]} at other values"
        raise InputError(
            f"the two sweeps are not of one {what if what == 'seed' else 'design'}: {sides}", given=told[1], hint=hint
        )


def _difference(first: Of, second: Of, point: int, arm: str, figure: str) -> PointDifference:
    row = ARM_METRICS[figure.split("@")[0]]
    one, other = first.get((point, arm, figure), {}), second.get((point, arm, figure), {})
    # A replicate that either lacks (a market that failed, a figure that is undefined) keeps its place among the pairs.
    count = max((*one, *other), default=-1) + 1
    both = [number for number in range(count) if number in one and number in other]
    base, beside = (_sample(side, both, count) for side in (one, other))
    return PointDifference(
        point=point,
        arm=arm,
        figure=figure,
        first=estimate(row, base),
        second=estimate(row, beside),
        difference=Contrast(row, base, beside).difference,
    )


def _sample(side: Mapping[int, MarketFigure], both: Sequence[int], count: int) -> ReplicateSample:
    values = np.full(count, np.nan)
    values[both] = [side[number].value for number in both]
    kept = [[getattr(side[number], name) for number in both] for name in ("whole", "clusters")]
    columns: list[Floats | None] = []
    for given in kept:
        column: Floats | None = None
        if given and None not in given:
            column = np.zeros(count)
            column[both] = given
        columns.append(column)
    return ReplicateSample(values, *columns)
