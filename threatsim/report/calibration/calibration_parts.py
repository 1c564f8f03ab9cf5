"""The parts of a calibration: posterior, moments, correlations, what moves what, populations; and its tidy tables."""

from __future__ import annotations

from typing import Any

from threatsim.calibration.findings import CalibrationRecord
from threatsim.report.calibration import calibration_charts as charts
from threatsim.report.calibration.calibration_words import in_short, span, with_span
from threatsim.report.questions.parts import AnswerPart

_MOMENTS = (
    "Predicted: mean and 90 % interval over fresh markets of draws from the posterior, which hold what is not known of "
    "the numbers and the chance of the markets.",
    "met: the published value lies within; near: only its 95 % interval reaches in; missed: not even that.",
)


def parts(record: CalibrationRecord) -> list[AnswerPart]:
    """Return the parts of the page, those of the terminal first."""
    return [posterior(record), moments(record), *_sources(record), *_together(record), _moves(record), _course(record)]


def posterior(record: CalibrationRecord) -> AnswerPart:
    """Return the free numbers, before and after."""
    found = record.findings
    rows = [
        (
            one.path,
            in_short(one.stands),
            span(one.prior_low, one.prior_high),
            with_span(one.mean, one.low, one.high),
            "yes" if one.identified else "no",
        )
        for one in found.free
    ]
    heads = ("free number", "scenario", "prior, 95 %", "posterior", "identified")
    notes = ("Identified: the posterior is narrower than its prior by more than a fifth.",)
    return AnswerPart(
        "posterior",
        "The free numbers before and after",
        heads,
        rows,
        notes,
        charts=charts.before_and_after(found.free, "before-and-after"),
    )


def moments(record: CalibrationRecord) -> AnswerPart:
    """Return moments, fitted and held out, as published and as predicted."""
    found = record.findings
    rows = [
        (
            one.name,
            "held out" if one.use == "predict" else "fitted",
            with_span(one.value, one.low, one.high),
            with_span(one.predicted, one.predicted_low, one.predicted_high),
            one.verdict,
        )
        for one in found.moments
    ]
    heads = ("moment", "use", "published", "predicted, 90 %", "verdict")
    drawn = charts.published_and_predicted(found.moments, "predicted")
    return AnswerPart("moments", "The moments, published and predicted", heads, rows, _MOMENTS, drawn)


def _sources(record: CalibrationRecord) -> list[AnswerPart]:
    rows = [
        (one.name, one.description, one.unit, one.measured_by, one.kind, one.source or "–")
        for one in record.findings.moments
    ]
    heads = ("moment", "what it is", "unit", "how the model measures it", "kind", "source")
    return [AnswerPart("sources", "Where the moments come from", heads, rows)]


def _together(record: CalibrationRecord) -> list[AnswerPart]:
    rows = [
        (one.one, one.other, in_short(one.correlation), "one number to these moments" if one.together else "")
        for one in record.findings.correlations
    ]
    notes = ("On the scale on which the prior is normal.",)
    return [AnswerPart("correlations", "What moves together", ("one", "other", "correlation", ""), rows, notes)] * bool(
        rows
    )


def _moves(record: CalibrationRecord) -> AnswerPart:
    free = record.findings.free
    names = list(free[0].moves)
    rows = [(one.path, *(in_short(one.moves[name]) for name in names)) for one in free]
    notes = (
        "Change of each fitted moment, in its standard errors, as a number goes from the 10 % to the 90 % quantile of "
        "its prior, the others at their medians, on the same streams.",
    )
    return AnswerPart("moves", "What each number moves", ("free number", *names), rows, notes)


def _course(record: CalibrationRecord) -> AnswerPart:
    found = record.findings
    rows = [
        (str(one.number), str(one.simulated), f"{one.acceptance:.0%}", in_short(one.tolerance), in_short(one.effective))
        for one in found.populations
    ]
    ended = {
        "acceptance": "It ended because few new particles came closer.",
        "populations": "It ended with the last population that was allowed.",
    }
    heads = ("population", "new particles", "within tolerance", "tolerance", "effective size")
    notes = (ended[found.ended], "Tolerance: root mean square deviation from the moments, in their standard errors.")
    return AnswerPart("populations", "The course of the search", heads, rows, notes)


def tables(record: CalibrationRecord) -> dict[str, list[dict[str, Any]]]:
    """Return the tidy tables: free numbers, the posterior's particles, moments, populations."""
    found = record.findings
    paths = [one.path for one in found.free]
    return {
        "free": [{key: value for key, value in one.model_dump().items() if key != "moves"} for one in found.free],
        "posterior": [{"weight": one.weight, **dict(zip(paths, one.values, strict=True))} for one in found.particles],
        "moments": [one.model_dump() for one in found.moments],
        "moves": [
            {"number": one.path, "moment": name, "change": change}
            for one in found.free
            for name, change in one.moves.items()
        ],
        "populations": [one.model_dump() for one in found.populations],
    }
