"""The scenario's own question, answered by the figure that the scenario names for it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.benefit import policies
from threatsim.report.words.arm_words import title
from threatsim.statistics.estimate import Estimate


def asked(record: RunRecord, *, commands: bool = True) -> str:
    """Return the answer to the question by its own figure; empty where the scenario names none.

    Args:
        record: the run.
        commands: whether the reader may be told which command finds what a run does not.
    """
    wanted = record.scenario.get("answer")
    if not isinstance(wanted, Mapping):
        return ""
    name, baseline = str(wanted["metric"]), record.arms[0]
    row = ARM_METRICS.get(name)
    if row is None or not any(name in arm.outcomes for arm in record.arms):
        return f"The question is one of {numbers.printable(name)}, which this run does not tell."
    if wanted.get("break_even"):
        return _crossing(record, row, wanted, commands=commands)
    arms = [arm for arm in record.arms[1:] if name in arm.differences]
    if wanted.get("arm"):
        chosen = next((arm for arm in record.arms if arm.name == wanted["arm"]), baseline)
        changed = f"; against the baseline {_changed(chosen, row)}" if name in chosen.differences else ""
        return f"To the question: {row.phrase} is {_level(chosen.outcomes[name], row)} in {title(chosen)}{changed}."
    there = f"To the question: {row.phrase} is {_level(baseline.outcomes[name], row)} in the baseline."
    if not arms or name not in baseline.outcomes:
        return there
    return f"{there} {_by_policies(policies(arms), row)}"


def answered_by(record: RunRecord) -> str:
    """Return the name of the figure that answers the question by its value in the baseline; empty if none does."""
    wanted = record.scenario.get("answer")
    if not isinstance(wanted, Mapping) or wanted.get("break_even") or wanted.get("arm"):
        return ""
    return str(wanted["metric"])


def unasked(record: RunRecord) -> str:
    """Return that the scenario does not say which figure answers its question; empty where it does."""
    if record.scenario.get("answer") is not None:
        return ""
    return "The scenario names no figure that answers its question, so it is answered by payer loss and net benefit."


def _crossing(record: RunRecord, row: MetricRow, wanted: Mapping[str, Any], *, commands: bool) -> str:
    """Return where the figure stands now, and what finds where it reaches the value asked for."""
    varied, reaches = str(wanted["break_even"]), float(wanted["reaches"])
    path = numbers.printable(varied.partition("=")[0])
    now = _level(record.arms[0].outcomes[row.name], row)
    value = numbers.value(reaches, _short(row))
    told = f"The question is at which {path} {row.phrase} reaches {value}: in the baseline it is {now}"
    if not commands:
        return f"{told}; a run of the arms alone does not say where it is crossed."
    name, until = str(record.scenario.get("name", "")), f"{row.name} = {reaches:g}"
    command = shlex.join(["threatsim", "break-even", name, "--vary", varied, "--until", until])
    return f"{told}. With an interval it is found by: {command}"


def _by_policies(arms: list[ArmOutcome], row: MetricRow) -> str:
    """Return which policies change the figure detectably, the greatest change first; intervals are in the tables."""
    seen = [arm for arm in arms if arm.differences[row.name].detected]
    seen.sort(key=lambda arm: -abs(_moved(arm, row)))
    if not seen:
        return "No policy changes it detectably."
    ways = []
    for verb, sign in (("falls", -1), ("rises", 1)):
        if way := [arm for arm in seen if sign * _moved(arm, row) > 0]:
            by = [f"{_amount(abs(_moved(arm, row)), row)} in {title(arm)}" for arm in way]
            ways.append((abs(_moved(way[0], row)), f"{verb} by {numbers.listed(by)}"))
    told = ", and ".join(text for _, text in sorted(ways, key=lambda one: -one[0]))
    others = "; no other policy changes it detectably" if len(seen) < len(arms) else ""
    return f"It {told}{others}."


def _moved(arm: ArmOutcome, row: MetricRow) -> float:
    return arm.differences[row.name].value or 0.0


def _amount(by: float, row: MetricRow) -> str:
    """Return how far a figure moves, as a sentence has it: "USD 45.1k", "12.4 pp", "3.00 weeks"."""
    figure = numbers.change(by, _short(row)).removeprefix("+")
    if _short(row) == "USD":
        return f"USD {figure}"
    return figure if row.unit == "share" else f"{figure} {row.unit}".rstrip()


def _level(estimate: Estimate, row: MetricRow) -> str:
    if row.unit.startswith("USD"):
        return f"{numbers.money(estimate)}{row.unit.removeprefix('USD')}"
    return f"{numbers.in_words(estimate, row.unit)}{'' if row.unit == 'share' else f' {row.unit}'}"


def _changed(arm: ArmOutcome, row: MetricRow) -> str:
    return numbers.change_in_words(arm.differences[row.name], _short(row))


def _short(row: MetricRow) -> str:
    """Return the unit as sentences that name the figure have it."""
    return "USD" if row.unit.startswith("USD") else row.unit
