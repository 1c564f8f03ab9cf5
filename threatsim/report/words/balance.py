"""Who bears what: a line an arm, and below it a line a payer; the baseline's figures, and what each arm changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from threatsim.catalogue.metrics import METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Difference, Estimate

NOTE: Final = (
    "USD a year: the baseline's figures, and each other arm's differences to them. Net benefit: payer loss, control "
    "and unpaid true claims, below zero; what patients lose, and fines, are not part of it. Per million: of claims."
)
"""What the table's figures are."""


@dataclass(frozen=True)
class BalanceLine:
    """One line: the arm or a payer of it, and its cells in the order of `heads`; empty where it has no such figure."""

    title: str
    cells: list[str]
    is_payer: bool


def heads(record: RunRecord) -> list[str]:
    """Return the heads of narrow columns, in two lines each; empty if the record has no such figures."""
    return [METRICS[name].head for name in _names(record)]


def titles(record: RunRecord) -> list[str]:
    """Return the heads of wide columns; empty if the record has no such figures."""
    return [METRICS[name].title for name in _names(record)]


def lines(record: RunRecord) -> list[BalanceLine]:
    """Return the lines, the baseline first."""
    found = []
    for arm in record.arms:
        found.append(BalanceLine(numbers.printable(arm.title), _cells(record, arm.outcomes, arm.differences), False))
        if len(arm.payers) > 1:
            found += [
                BalanceLine(numbers.title(one.payer), _cells(record, one.outcomes, one.differences), True)
                for one in arm.payers
            ]
    return found


def _names(record: RunRecord) -> tuple[str, ...]:
    there: ArmOutcome = record.arms[0]
    names = shown_in("balance", there.outcomes)
    return names if "beneficiary_loss" in names else ()


def _cells(record: RunRecord, outcomes: Mapping[str, Estimate], differences: Mapping[str, Difference]) -> list[str]:
    return [_cell(name, outcomes, differences) for name in _names(record)]


def _cell(name: str, outcomes: Mapping[str, Estimate], differences: Mapping[str, Difference]) -> str:
    unit = METRICS[name].unit
    if name not in outcomes:
        return ""
    if not differences:
        return numbers.value(outcomes[name].value, unit)
    change = differences[name]
    return f"{numbers.change(change.value, unit)} {numbers.arrow(change) or ' '}"
