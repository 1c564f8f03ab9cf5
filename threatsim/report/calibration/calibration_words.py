"""A calibration in words."""

from __future__ import annotations

from threatsim.calibration.findings import CalibrationRecord, FittedNumber, MomentFound
from threatsim.report.words import numbers


def sentences(record: CalibrationRecord) -> list[str]:
    """Return the answer: the posterior, what is not identified, and how moments, fitted and held out, came out."""
    found = record.findings
    return [
        *_posterior(record),
        *_not_identified(record),
        *_moments(record, "fit"),
        *_moments(record, "predict"),
        f"{found.markets:,} markets; {numbers.number(found.effective)} equally weighted particles would tell as much.",
    ]


def in_short(x: float | None) -> str:
    """Return a number to three significant digits, or a dash."""
    return "–" if x is None else numbers.number(x)


def span(low: float | None, high: float | None) -> str:
    """Return an interval, or a dash."""
    return "–" if low is None or high is None else f"{in_short(low)} to {in_short(high)}"


def with_span(x: float | None, low: float | None, high: float | None) -> str:
    """Return a number with its interval, or a dash."""
    return "–" if x is None else f"{in_short(x)} ({span(low, high)})"


def _number(one: FittedNumber) -> str:
    unit = f" {one.unit}" if one.unit else ""
    return f"{one.path} is {in_short(one.mean)}{unit} ({span(one.low, one.high)})"


def _posterior(record: CalibrationRecord) -> list[str]:
    found = record.findings
    fitted = len(found.of_use("fit"))
    many = f"{fitted} moment{'s' if fitted != 1 else ''}"
    by = f", as calibration {found.posterior_of} had it" if found.posterior_of else ""
    return [f"Fitted to {many}{by}, with 95 % intervals: {numbers.listed([_number(one) for one in found.free])}."]


def _not_identified(record: CalibrationRecord) -> list[str]:
    found = record.findings
    said = []
    wide = [one.path for one in found.free if not one.identified]
    if wide:
        verb = "is" if len(wide) == 1 else "are"
        said.append(
            f"{numbers.listed(wide)} {verb} not identified: the posterior is about as wide as the prior, so the range "
            "stays what was believed."
        )
    said += [
        f"{one.one} and {one.other} are one number to these moments: their correlation is {in_short(one.correlation)}."
        for one in found.correlations
        if one.together
    ]
    return said


_USES = {"fit": "fitted", "predict": "held out"}


def _moments(record: CalibrationRecord, use: str) -> list[str]:
    moments = record.findings.of_use(use)
    if not moments:
        return []
    met = [one for one in moments if one.verdict == "met"]
    many = f"{len(moments)} moments {_USES[use]}" if len(moments) > 1 else f"one moment {_USES[use]}"
    text = f"Of {many}, {len(met) or 'none'} {'lies' if len(met) <= 1 else 'lie'} within the 90 % predictive interval"
    others = [_outside(one) for one in moments if one.verdict != "met"]
    return [f"{text}{f'; {numbers.listed(others)}' if others else ''}."]


def _outside(one: MomentFound) -> str:
    if one.verdict == "undefined":
        return f"{one.name} is undefined"
    how = "reaches in by its interval alone" if one.verdict == "near" else "is missed"
    return f"{one.name} {how} ({in_short(one.value)}, predicted {span(one.predicted_low, one.predicted_high)})"
