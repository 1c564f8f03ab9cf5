"""A break-even in words, its curve with the crossing marked, and its tidy tables."""

from __future__ import annotations

from typing import Any, Final

from threatsim.questions.break_even.findings import Crossing, ValueLookedAt
from threatsim.questions.break_even.question import BreakEvenRecord
from threatsim.report.questions.charts.curve_charts import crossing_curve
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.path_words import in_short
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers

HOW: Final = (
    "The interval of a crossing is where the 95 % interval of the curve holds the target: the values that these "
    "replicates cannot tell from the crossing."
)


def sentences(record: BreakEvenRecord) -> list[str]:
    """Return the answer in three sentences: where, what lies at both ends, and where the scenario itself stands."""
    return [*_where(record), _ends(record), _here(record)]


def parts(record: BreakEvenRecord) -> list[AnswerPart]:
    """Return the parts of the page: the curve, and the crossings if there are any."""
    found = record.findings
    unit = row_of(found.figure).unit
    rows: list[tuple[str, ...]] = [
        (in_short(one.value), numbers.in_words(one.left, unit), _sign(one)) for one in found.curve
    ]
    target = record.arms[found.other] if found.other else numbers.value(found.number, unit)
    heads = (found.varied.path, f"{phrase(found.figure)}, {row_of(found.figure).heading}", f"against {target}")
    return [AnswerPart("curve", "What was looked at", heads, rows, (HOW,), crossing_curve(found, "crossing"))]


def tables(record: BreakEvenRecord) -> dict[str, list[dict[str, Any]]]:
    """Return the tidy tables: the curve, and the crossings."""
    found = record.findings
    return {
        "curve": [
            {
                found.varied.path: one.value,
                **{end: getattr(one.left, end) for end in ("value", "low", "high", "n")},
                **{f"distance_{end}".removesuffix("_value"): getattr(one.distance, end) for end in _ESTIMATE},
            }
            for one in found.curve
        ],
        "crossings": [one.model_dump() for one in found.crossings],
    }


_ESTIMATE: Final = ("value", "low", "high")


def _subject(record: BreakEvenRecord) -> str:
    found = record.findings
    return f"{phrase(found.figure)} of '{record.arms[found.arm]}'"


def _target(record: BreakEvenRecord) -> str:
    found = record.findings
    if found.other:
        return f"that of '{record.arms[found.other]}'"
    return numbers.value(found.number, row_of(found.figure).unit)


def _where(record: BreakEvenRecord) -> list[str]:
    found = record.findings
    path = found.varied.path
    low, high = (in_short(one) for one in found.varied.values)
    subject = _subject(record)
    if not found.crossings:
        text = f"{subject} never reaches {_target(record)} between {path} {low} and {high}"
        doubtful = [one for one in found.curve if _sign(one) == "within chance"]
        if doubtful and len(doubtful) < len(found.curve):
            text += f", though chance leaves it open at {len(doubtful)} of {len(found.curve)} values"
        elif doubtful:
            text += ", and chance leaves it open everywhere: more replicates would tell"
        return [f"{text[:1].upper()}{text[1:]}."]
    each = [_crossing(one) for one in found.crossings]
    text = f"{subject} {'is' if found.other else 'reaches'} {_target(record)} at {path} {numbers.listed(each)}"
    said = f"{text[:1].upper()}{text[1:]}."
    if len(found.crossings) > 1:
        said += f" It crosses {len(found.crossings)} times: no single threshold divides the range."
    return [said]


def _crossing(one: Crossing) -> str:
    low = "below the range" if one.low is None else in_short(one.low)
    high = "above the range" if one.high is None else in_short(one.high)
    return f"{in_short(one.at)} (95 % interval {low} to {high})"


def _ends(record: BreakEvenRecord) -> str:
    found = record.findings
    unit, heading = row_of(found.figure).unit, row_of(found.figure).heading
    known = [one.left.value for one in found.curve if one.left.value is not None]
    first, last = found.curve[0], found.curve[-1]
    if len(known) == len(found.curve) and min(known) == max(known):
        return f"It stays at {numbers.in_words(first.left, unit)} all through the range, {heading}."
    ends = [f"{numbers.in_words(one.left, unit)} at {in_short(one.value)}" for one in (first, last)]
    text = f"It is {ends[0]} and {ends[1]}, {heading}"
    if not found.crossings and known:
        text += f"; between {numbers.value(min(known), unit)} and {numbers.value(max(known), unit)} in all"
    undefined = len(found.curve) - len(known)
    if undefined:
        text += f"; undefined at {undefined} of {len(found.curve)} values"
    return f"{text}."


def _here(record: BreakEvenRecord) -> str:
    found = record.findings
    runs = f"{found.replicates} replicates at each of {len(found.curve)} values, the same streams everywhere"
    stands = found.varied.stands
    if not isinstance(stands, (int, float)):
        return f"These are {runs}."
    return f"The scenario itself has {in_short(stands)}; {runs}."


def _sign(one: ValueLookedAt) -> str:
    low, high = one.distance.low, one.distance.high
    if one.distance.value is None:
        return "undefined"
    if low is None or high is None or low <= 0 <= high:
        return "within chance"
    return "above" if low > 0 else "below"
