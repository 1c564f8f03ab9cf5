"""What a list shows of an answer to a question: what was varied, chosen or fitted, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from threatsim.calibration.findings import CalibrationFindings, FittedNumber
from threatsim.questions.answer_record import AnswerRecord
from threatsim.questions.break_even.findings import BreakEvenFindings, Crossing
from threatsim.questions.optimise.findings import InTurnFindings, LeverTold, SearchFindings
from threatsim.questions.sensitivity.findings import SensitivityFindings
from threatsim.questions.sweep.findings import SweepFindings, VariedPath
from threatsim.report.calibration.calibration_words import in_short as moment_in_short
from threatsim.report.calibration.calibration_words import span
from threatsim.report.listing.headline import ArmHeadline, Figure, Headline
from threatsim.report.questions import optimise_words, sensitivity_words, sweep_words
from threatsim.report.questions.path_words import each_in_short, in_short, numeric
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers

_FEW: Final = 4
"""Values, levers or fitted numbers that are named one by one."""


def sweep(record: AnswerRecord[SweepFindings]) -> Headline:
    """Return what a list shows of a sweep: the range of its first figure, and where the best arm changes."""
    found = record.findings
    said = [sweep_words.sentences(record)[1], *_turns(record)]
    if found.failures:
        said.append(f"{numbers.count(len(found.failures))} markets failed and are left out.")
    points = f"{numbers.count(len(found.points))} points, {found.design}"
    about = [*(_varied(one) for one in found.varied[:_FEW]), *_more(found.varied), points]
    whole = _headline(record, about, [_range(record), *said], found.replicates)
    arms = [one.model_copy(update={"figures": _ranges(record, one.name)}) for one in whole.arms]
    return whole.model_copy(update={"arms": tuple(arms)})


def break_even(record: AnswerRecord[BreakEvenFindings]) -> Headline:
    """Return what a list shows of a break-even: the crossings."""
    found = record.findings
    target = (
        f"that of '{record.arms[found.other]}'" if found.other else numbers.value(found.number, _unit(found.figure))
    )
    subject = f"{_upper(phrase(found.figure))} of '{record.arms[found.arm]}'"
    if found.crossings:
        where = numbers.listed([_crossing(one) for one in found.crossings])
        said = f"{subject} reaches {target} at {where}."
    else:
        said = f"{subject} never reaches {target} in the range."
    return _headline(record, [_varied(found.varied), f"until {found.until}"], [said], found.replicates)


def sensitivity(record: AnswerRecord[SensitivityFindings]) -> Headline:
    """Return what a list shows of a sensitivity analysis: whether a number turns the ranking, and which moves most."""
    found = record.findings
    about = [f"{numbers.count(len(found.numbers))} numbers, each over its range"]
    return _headline(record, about, sensitivity_words.sentences(record)[:2], None)


def optimise(record: AnswerRecord[SearchFindings]) -> Headline:
    """Return what a list shows of a search for the best choice: the choice, and what it gains."""
    found = record.findings
    goals = [f"{one.direction} {one.text}" for one in found.objectives]
    rules = [f"with {one.text}" for one in found.constraints]
    about = [*(_lever(one) for one in found.levers[:_FEW]), *_more(found.levers), *goals, *rules]
    return _headline(record, about, optimise_words.sentences(record)[:2], found.replicates)


def in_turn(record: AnswerRecord[InTurnFindings]) -> Headline:
    """Return what a list shows of a search in which payer and attacker choose in turn: how it ended."""
    found = record.findings
    about = [*(f"{one.side}: {_lever(one)}" for one in found.levers[:_FEW]), *_more(found.levers)]
    return _headline(record, about, optimise_words.in_turn_sentences(record), found.replicates)


def calibrate(record: AnswerRecord[CalibrationFindings]) -> Headline:
    """Return what a list shows of a calibration: how many moments are met, and what was fitted to them."""
    found = record.findings
    said = []
    for use, name in (("fit", "fitted"), ("predict", "held out")):
        moments = found.of_use(use)
        if moments:
            met = sum(one.verdict == "met" for one in moments)
            missed = [one.name for one in moments if one.verdict == "missed"]
            text = f"{met} of {len(moments)} moments {name} are met"
            said.append(f"{text}; missed: {numbers.listed(missed)}." if missed else f"{text}.")
    loose = [one.path for one in found.free if not one.identified]
    if loose:
        said.append(f"Not identified: {numbers.listed(loose)}.")
    about = [*(_fitted(one) for one in found.free[:_FEW]), *_more(found.free)]
    return _headline(record, about, said, found.replicates)


def _headline(
    record: AnswerRecord[Any], about: Sequence[str], answer: Sequence[str], replicates: int | None
) -> Headline:
    return Headline(
        scenario=record.scenario,
        title=record.title,
        run_id=record.identity,
        seed=record.seed,
        replicates=replicates,
        changed=tuple(numbers.printable(one.text) for one in record.overridden),
        about=tuple(about),
        answer=tuple(answer),
        arms=tuple(ArmHeadline(name=name, title=title, figures={}) for name, title in record.arms.items()),
    )


def _range(record: AnswerRecord[SweepFindings]) -> str:
    """Return between what the first figure lies, over all arms and points."""
    found = record.findings
    figure = found.figures[0]
    known = [(one.level.value, one.arm) for one in found.found if one.figure == figure and one.level.value is not None]
    if not known:
        return f"{_upper(phrase(figure))} is undefined at every point."
    least, most = (
        f"{numbers.value(value, _unit(figure))} ('{record.arms[arm]}')" for value, arm in (min(known), max(known))
    )
    return f"{_upper(phrase(figure))} lies between {least} and {most}."


def _ranges(record: AnswerRecord[SweepFindings], arm: str) -> dict[str, Figure]:
    """Return between what each figure of an arm lies, over all points."""
    found = record.findings
    told: dict[str, Figure] = {}
    for figure in found.figures:
        known = [one.level.value for one in found.at(figure, arm) if one.level.value is not None]
        if known:
            told[figure] = (None, min(known), max(known))
    return told


def _turns(record: AnswerRecord[SweepFindings]) -> list[str]:
    """Return between which values the best arm becomes another, where one number alone varies."""
    found = record.findings
    figure = found.figures[0]
    good = row_of(figure).good
    if len(found.varied) != 1 or len(record.arms) < 2 or good == "neither" or not numeric(found.varied[0].values):
        return []
    path = found.varied[0].path
    best: list[tuple[Any, str]] = []
    for place in sorted(range(len(found.points)), key=lambda point: found.points[point][path]):
        level = {
            one.arm: one.level.value
            for one in found.found
            if one.point == place and one.figure == figure and one.level.value is not None
        }
        if level:
            first = (max if good == "higher" else min)(level, key=level.__getitem__)
            best.append((found.points[place][path], first))
    turns = [
        f"'{record.arms[after]}' between {in_short(low)} and {in_short(high)}"
        for (low, before), (high, after) in pairwise(best)
        if before != after
    ]
    shown = [*turns[:_FEW], *([f"{len(turns) - _FEW} more times"] if len(turns) > _FEW else [])]
    return [f"The best becomes {numbers.listed(shown)}."] if turns else []


def _varied(one: VariedPath) -> str:
    unit = f" {one.unit}" if one.unit else ""
    values = one.values
    if len(values) <= _FEW or not numeric(values):
        few = each_in_short(values[:_FEW])
        return f"{one.path}: {', '.join(few)}{', ...' if len(values) > _FEW else ''}{unit}"
    ends = f"{in_short(min(values))} to {in_short(max(values))}"
    return f"{one.path}: {ends}{unit}, {len(values)} values"


def _lever(one: LeverTold) -> str:
    if one.choices:
        return f"{one.path}: {', '.join(each_in_short(one.choices))}"
    return f"{one.path}: {in_short(one.low)} to {in_short(one.high)}"


def _fitted(one: FittedNumber) -> str:
    unit = f" {one.unit}" if one.unit else ""
    return f"{one.path}: {moment_in_short(one.mean)}{unit} ({span(one.low, one.high)})"


def _crossing(one: Crossing) -> str:
    low = "below the range" if one.low is None else in_short(one.low)
    high = "above the range" if one.high is None else in_short(one.high)
    return f"{in_short(one.at)} ({low} to {high})"


def _more(all_of_them: Sequence[Any]) -> list[str]:
    return [f"and {numbers.count(len(all_of_them) - _FEW)} more"] if len(all_of_them) > _FEW else []


def _unit(figure: str) -> str:
    return row_of(figure).unit


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
