"""A sweep in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow
from threatsim.questions.sweep.findings import PointFigure
from threatsim.report.questions.path_words import in_short, short_path
from threatsim.report.words import numbers

if TYPE_CHECKING:
    from threatsim.questions.sweep.question import SweepRecord  # slow to import, and needed to ask alone


def row_of(figure: str) -> MetricRow:
    """Return the row of a figure, whatever part of an arm it is of."""
    return ARM_METRICS[figure.split("@")[0]]


def phrase(figure: str) -> str:
    """Return a figure within a sentence."""
    metric, _, part = figure.partition("@")
    return f"{ARM_METRICS[metric].phrase} of {numbers.title(part)}" if part else ARM_METRICS[metric].phrase


def sentences(record: SweepRecord) -> list[str]:
    """Return the answer in three sentences: the baseline, the best policy, and how much of it is chance."""
    said = [_baseline(record), _first(record), _chance(record)]
    failures = record.findings.failures
    if failures:
        markets = "market failed and is" if len(failures) == 1 else "markets failed and are"
        said.append(
            f"{len(failures)} {markets} left out, the first at point {failures[0].point}: {failures[0].message}"
        )
    return said


def place(record: SweepRecord, point: int) -> str:
    """Return the values of a point."""
    values = record.findings.points[point]
    if len(values) == 1:
        return in_short(next(iter(values.values())))
    return numbers.listed([f"{short_path(path)} {in_short(value)}" for path, value in values.items()])


def _baseline(record: SweepRecord) -> str:
    found = record.findings
    baseline = next(iter(record.arms))
    figure = next((one for one in found.figures if one.split("@")[0] == "payer_loss"), found.figures[0])
    known = [one for one in found.at(figure, baseline) if one.level.value is not None]
    if not known:
        return f"Of the baseline, {phrase(figure)} is undefined at every point."
    unit = row_of(figure).unit
    least, most = (pick(known, key=_value) for pick in (min, max))
    varied = f"{numbers.listed([one.path for one in found.varied])} {'varies' if len(found.varied) == 1 else 'vary'}"
    if least.level.value == most.level.value:
        return f"As {varied}, {phrase(figure)} of the baseline stays at {numbers.value(least.level.value, unit)}."
    return (
        f"As {varied}, {phrase(figure)} of the baseline lies between "
        f"{numbers.value(least.level.value, unit)} (at {place(record, least.point)}) and "
        f"{numbers.value(most.level.value, unit)} (at {place(record, most.point)}), {row_of(figure).heading}."
    )


def _value(one: PointFigure) -> float:
    assert one.level.value is not None
    return one.level.value


def _first(record: SweepRecord) -> str:
    found = record.findings
    if len(record.arms) < 2:
        return "The baseline alone was run, so nothing is compared."
    figure = found.figures[0]
    good = row_of(figure).good
    if good == "neither":
        return f"Arms are told of in {phrase(figure)}, of which neither more nor less is better."
    best: list[tuple[int, str]] = []
    for point in range(len(found.points)):
        at = [one for one in found.found if one.point == point and one.figure == figure and one.level.value is not None]
        if at:
            chosen = max(at, key=_value) if good == "higher" else min(at, key=_value)
            best.append((point, chosen.arm))
    names = list(dict.fromkeys(arm for _, arm in best))
    if not names:
        return f"{phrase(figure).capitalize()} is undefined everywhere."
    if len(names) == 1:
        return f"'{record.arms[names[0]]}' is best by {phrase(figure)} at every point."
    counts = [f"'{record.arms[name]}' at {sum(arm == name for _, arm in best)}" for name in names]
    return f"Which arm is best by {phrase(figure)} changes: {numbers.listed(counts)} of {len(best)} points."


def _chance(record: SweepRecord) -> str:
    found = record.findings
    tested = [one for one in found.found if one.figure == found.figures[0] and one.difference is not None]
    if not tested:
        return f"Figures are means of {found.replicates} replicates, the same streams at every point."
    surely = sum(one.difference is not None and one.difference.excludes_zero for one in tested)
    return (
        f"Of {len(tested)} differences to the baseline, {surely} are told from chance one by one (95 % intervals, "
        f"{found.replicates} replicates, the same streams at every point)."
    )


def heat_strip(values: Sequence[float | None]) -> str:
    """Return a block a value, from the least to the greatest; a dot where undefined."""
    known = [one for one in values if one is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    blocks = "▁▂▃▄▅▆▇█"
    width = (high - low) or 1.0
    return "".join("·" if one is None else blocks[min(7, int((one - low) / width * 8))] for one in values)
