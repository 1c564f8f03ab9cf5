"""What drives the answer, in words."""

from __future__ import annotations

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.questions.sensitivity.findings import Answer, Swing, Turn, VariedNumber
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.words import numbers


def answer_in_words(record: SensitivityRecord, answer: Answer) -> str:
    """Return what an answer is called within a sentence."""
    phrase = ARM_METRICS[answer.figure].phrase
    title = record.arms[answer.arm]
    return f"{phrase} of '{title}' against the baseline" if answer.difference else phrase


def sentences(record: SensitivityRecord) -> list[str]:
    """Return the answer in three sentences: the ranking, the figure, and how much of it is chance."""
    return [_ranking(record), _strongest(record), _together(record)]


def _ranking(record: SensitivityRecord) -> str:
    found = record.findings
    if found.ranking is None:
        return "There is one policy alone, so nothing to rank."
    sure = [turn for turn in found.turns if turn.sure]
    first = record.arms[found.ranking.order[0]]
    if sure:
        told = numbers.listed([_turn(record, turn) for turn in sure[:2]])
        more = f", and {len(sure) - 2} more" if len(sure) > 2 else ""
        return f"{told}{more}."
    if found.turns:
        label = found.turns[0].number
        return (
            f"No number alone surely turns the ranking: at an end of {label} '{record.arms[found.turns[0].first]}' "
            f"comes before '{first}', but by no more than chance can do."
        )
    return f"No number alone turns the ranking: '{first}' stays first at both ends of every range that was confirmed."


def _turn(record: SensitivityRecord, turn: Turn) -> str:
    unit = numbers_of(record)[turn.number].unit
    return (
        f"{turn.number} alone can turn the ranking of '{record.arms[turn.first]}' and '{record.arms[turn.before]}': at "
        f"{numbers.number(turn.at)} {unit} the former is ahead by {numbers.in_words(turn.lead, _money())}"
    )


def _money() -> str:
    return ARM_METRICS["net_benefit"].unit


def _strongest(record: SensitivityRecord) -> str:
    answer = record.findings.answers[0] if len(record.findings.answers) < 2 else _loss(record)
    swings = [one for one in record.findings.swings if one.answer == answer and one.number in record.findings.confirmed]
    if not swings or swings[0].size == 0:
        return f"No number moves {answer_in_words(record, answer)}."
    swing = swings[0]
    unit = ARM_METRICS[answer.figure].unit
    number = numbers_of(record)[swing.number]
    others = [one.number for one in swings[1:3]]
    then = f"; then come {numbers.listed(others)}" if others else ""
    return (
        f"{swing.number} moves {answer_in_words(record, answer)} most: {numbers.point(swing.at_low, unit)} at "
        f"{numbers.number(number.low)} {number.unit}, {numbers.point(swing.at_high, unit)} at "
        f"{numbers.number(number.high)}{then}."
    )


def _loss(record: SensitivityRecord) -> Answer:
    """Return the baseline's last figure: its loss, where nothing else was asked of."""
    return [one for one in record.findings.answers if not one.difference][-1]


def _together(record: SensitivityRecord) -> str:
    found = record.findings
    labels = list(dict.fromkeys(one.number for one in found.indices))
    if found.ranking is not None and found.ranking.draws:
        share = found.ranking.changed
        chance = (
            f"; at the scenario's values chance alone does it in {found.ranking.chance_changed} of "
            f"{found.ranking.chance_pairs} pairs of markets"
            if found.ranking.chance_pairs
            else ""
        )
        return (
            f"Over {found.ranking.draws} draws of {numbers.listed(labels)} together another policy than "
            f"'{record.arms[found.ranking.order[0]]}' is first in {numbers.in_words(share, 'share')}{chance}."
        )
    chance_share = next((one.chance for one in found.variances if one.answer == _loss(record)), None)
    told = "" if chance_share is None else f": of a single market's variance {chance_share:.0%} is chance"
    return f"{numbers.listed(labels)} were drawn together{told}."


def numbers_of(record: SensitivityRecord) -> dict[str, VariedNumber]:
    """Return label -> number."""
    return {one.label: one for one in record.findings.numbers}


def swing_cells(swing: Swing, unit: str) -> tuple[str, str]:
    """Return the changes to both ends, with intervals where the markets are enough for them."""
    low, high = (
        numbers.change_in_words(one, unit) if one.n > 2 else numbers.change(one.value, unit)
        for one in (swing.change_low, swing.change_high)
    )
    return low, high
