"""The parts of a sensitivity analysis: tornado, turns, elementary effects, Sobol's indices, the numbers."""

from __future__ import annotations

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.questions.sensitivity.findings import Answer
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.questions.charts.sensitivity_charts import effects_chart, shares_chart, tornado
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.sensitivity_words import answer_in_words, numbers_of, swing_cells
from threatsim.report.words import numbers


def parts(record: SensitivityRecord) -> list[AnswerPart]:
    """Return the parts of the page, those of the terminal first."""
    return [*alone(record), *_turns(record), *_effects(record), *_indices(record), _numbers(record), *_left_out(record)]


def alone(record: SensitivityRecord) -> list[AnswerPart]:
    """Return what each number alone does, a part for each answer."""
    return [_alone(record, place, answer) for place, answer in enumerate(record.findings.answers)]


def _heading(record: SensitivityRecord, answer: Answer) -> str:
    text = answer_in_words(record, answer)
    return text[:1].upper() + text[1:]


def _alone(record: SensitivityRecord, place: int, answer: Answer) -> AnswerPart:
    of = numbers_of(record)
    unit = ARM_METRICS[answer.figure].unit
    swings = [one for one in record.findings.swings if one.answer == answer and one.number in record.findings.confirmed]
    rows = []
    for swing in swings:
        number = of[swing.number]
        ends = f"{numbers.number(number.low)} to {numbers.number(number.high)}{' *' if number.spread else ''}"
        rows.append((swing.number, ends, *swing_cells(swing, unit)))
    notes: tuple[str, ...] = (
        "Each number alone at the 5 % and the 95 % quantile of its range, the same markets otherwise.",
    )
    if any(of[swing.number].spread for swing in swings):
        notes += (f"* assumed without a range: {record.findings.spread:.0%} up and down.",)
    return AnswerPart(
        f"alone-{place}",
        f"{_heading(record, answer)}: one number at a time, {unit}",
        ("number", "5 % to 95 %", "change at 5 %", "change at 95 %"),
        rows,
        notes,
        charts=tornado(swings, of, answer, f"tornado-{place}"),
    )


def _turns(record: SensitivityRecord) -> list[AnswerPart]:
    if not record.findings.turns:
        return []
    unit = ARM_METRICS["net_benefit"].unit
    rows = [
        (
            turn.number,
            numbers.number(turn.at),
            record.arms[turn.first],
            record.arms[turn.before],
            numbers.change_in_words(turn.lead, unit),
            "yes" if turn.sure else "within chance",
        )
        for turn in record.findings.turns
    ]
    heads = ("number", "at", "first there", "first as it is", f"lead, {unit}", "told from chance")
    return [AnswerPart("turns", "Numbers that alone put another policy first", heads, rows)]


def _effects(record: SensitivityRecord) -> list[AnswerPart]:
    found = []
    for place, answer in enumerate(record.findings.answers):
        unit = ARM_METRICS[answer.figure].unit
        effects = [one for one in record.findings.effects if one.answer == answer]
        effects.sort(key=lambda one: -(one.absolute.value or 0.0))
        rows = [
            (
                one.number,
                numbers.in_words(one.absolute, unit),
                numbers.value(one.chance, unit),
                numbers.value(one.spread, unit),
                "yes" if (one.beyond_chance.low or 0) > 0 else "not told",
            )
            for one in effects
        ]
        notes = (
            f"Morris's elementary effects over {record.findings.trajectories} trajectories, from the 5 % to the 95 % "
            "quantile, all other numbers moving too. A mean absolute effect of no more than chance is none.",
        )
        heads = ("number", "mu*", "mu* of chance", "sigma", "beyond chance")
        title = f"{_heading(record, answer)}: elementary effects, {unit}"
        charts = effects_chart(effects, answer, f"morris-{place}")
        found.append(AnswerPart(f"effects-{place}", title, heads, rows, notes, charts, folded=place > 0))
    return found


def _indices(record: SensitivityRecord) -> list[AnswerPart]:
    found = []
    for place, answer in enumerate(record.findings.answers):
        indices = [one for one in record.findings.indices if one.answer == answer]
        told = next(one for one in record.findings.variances if one.answer == answer)
        rows = [
            (one.number, numbers.in_words(one.first, "share"), numbers.in_words(one.total, "share")) for one in indices
        ]
        chance = "" if told.chance is None else f" Chance makes {told.chance:.0%} of a single market's variance."
        notes = (
            f"Sobol's indices from {record.findings.samples} samples, chance taken out: shares of the variance that "
            f"these numbers make together, a standard deviation of "
            f"{numbers.value(told.deviation, ARM_METRICS[answer.figure].unit)}.{chance}",
        )
        charts = shares_chart(indices, f"sobol-{place}")
        title = f"{_heading(record, answer)}: shares of variance"
        heads = ("number", "by itself", "with all others")
        found.append(AnswerPart(f"indices-{place}", title, heads, rows, notes, charts, folded=place > 0))
    return found


def _numbers(record: SensitivityRecord) -> AnswerPart:
    rows = [
        (
            one.label,
            f"{numbers.number(one.value)} {one.unit}",
            f"{one.range}{f' (assumed; {record.findings.spread:.0%} up and down)' if one.spread else ''}",
            one.kind,
            one.source,
        )
        for one in record.findings.numbers
    ]
    return AnswerPart("numbers", "The numbers varied", ("number", "value", "range", "kind", "source"), rows)


def _left_out(record: SensitivityRecord) -> list[AnswerPart]:
    rows = list(record.findings.left_out.items())
    heads = ("number", "why")
    return [AnswerPart("left-out", "Assumed numbers that were not varied", heads, rows)] if rows else []
