"""`expect`: what an analyst expects of a run, in words that are checked when the file is loaded and after it is run.

expect:
  detection_rate in arm hash_at_capture: at least 0.9
  change of payer_loss in arm audits_doubled: below 0
  paid_rate of pgd_white_box: above 0.5
  attack_success of pgd_white_box on dermoscopy: at least 0.8
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS
from threatsim.common.suggest import nearest

ATTACK_FIGURES = ("attack_success", "suppression_success")
"""Figures of the classifier under attack, which are one for all arms: cases attacked to the positive side, and true
ones attacked to the negative side."""

FORM = "[change of] FIGURE [of TACTIC] [on MODALITY] [in arm ARM]: at least | at most | above | below NUMBER"
_KEY = re.compile(
    r"(?P<change>change of )?(?P<figure>[a-z_]+)(?: of (?P<tactic>[a-z][a-z0-9_]*))?"
    r"(?: on (?P<modality>[a-z_]+))?(?: in arm (?P<arm>[a-z][a-z0-9_]*))?"
)
_NUMBER = r"([+-]?[0-9][0-9_,]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*(%?)"
_BOUND = re.compile(rf"(at least|at most|above|below)\s+{_NUMBER}")
_BETWEEN = re.compile(rf"between\s+{_NUMBER}\s+and\s+{_NUMBER}")

_SIGNS = {"<": "below", "<=": "at most", "≤": "at most", ">": "above", ">=": "at least", "≥": "at least"} | {
    "less than": "below",
    "more than": "above",
    "greater than": "above",
}
_SIGNED = re.compile(rf"({'|'.join(sorted(_SIGNS, key=len, reverse=True))})\s*{_NUMBER}")
_RANGE = re.compile(rf"(?:from\s+)?{_NUMBER}\s*(?:to|-|–)\s*{_NUMBER}")

Relation = Literal["at least", "at most", "above", "below", "between"]


class Expectation(NamedTuple):
    """One expectation.

    Attributes:
        written: as the scenario has it.
        figure: name of the outcome, or one of ATTACK_FIGURES.
        change: whether its paired difference to the baseline is meant.
        tactic, modality, arm: what it is of; the arm None is the baseline.
        relation: how it is bounded.
        low, high: the bounds; None where there is none.
    """

    written: str
    figure: str
    change: bool
    tactic: str | None
    modality: str | None
    arm: str | None
    relation: Relation
    low: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        """Return whether a value is as expected."""
        if self.relation == "above":
            return self.low is not None and value > self.low
        if self.relation == "below":
            return self.high is not None and value < self.high
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class ExpectationError(ValueError):
    """What is wrong with an expectation, and the nearest right one; in its key, or in the bound that it sets."""

    def __init__(self, text: str, *, in_key: bool = True) -> None:
        super().__init__(text)
        self.in_key = in_key


def expectations(written: Mapping[str, str]) -> tuple[Expectation, ...]:
    """Return the expectations of a scenario, which `expectation_faults` has found right."""
    return tuple(_parsed(key, value) for key, value in written.items())


def expectation_faults(data: Mapping[str, Any]) -> Iterator[tuple[str, ExpectationError]]:
    """Yield what is wrong with the expectations of a scenario given as plain data: the key, and the error."""
    written = data.get("expect")
    if not isinstance(written, Mapping):
        return
    for key, value in written.items():
        if isinstance(key, str) and isinstance(value, str):
            try:
                _check_names(_parsed(key, value), data)
            except ExpectationError as error:
                yield key, error


def _parsed(key: str, value: str) -> Expectation:
    found = _KEY.fullmatch(" ".join(key.split()))
    if found is None:
        close = nearest("_".join(key.split()), [*ARM_METRICS, *ATTACK_FIGURES])
        hint = f"; did you mean '{close}'?" if close else ""
        raise ExpectationError(f"this is not an expectation; the form is {FORM}{hint}")
    relation, low, high = _bounds(" ".join(value.split()))
    parts = found.groupdict()
    return Expectation(
        f"{key}: {value}",
        parts["figure"],
        parts["change"] is not None,
        parts["tactic"],
        parts["modality"],
        parts["arm"],
        relation,
        low,
        high,
    )


def _bounds(text: str) -> tuple[Relation, float | None, float | None]:
    if between := _BETWEEN.fullmatch(text):
        low, high = _number(*between.group(1, 2)), _number(*between.group(3, 4))
        if low > high:
            raise ExpectationError(f"'{text}' holds for nothing: the first number is the greater", in_key=False)
        return "between", low, high
    if bound := _BOUND.fullmatch(text):
        number = _number(*bound.group(2, 3))
        match bound.group(1):
            case "at least":
                return "at least", number, None
            case "above":
                return "above", number, None
            case "at most":
                return "at most", None, number
            case _:
                return "below", None, number
    allowed = "at least, at most, above or below and a number, or between one number and another"
    raise ExpectationError(
        f"'{text}' says nothing that can be checked; write {_repaired(text) or allowed}", in_key=False
    )


def _repaired(text: str) -> str:
    """Return what `< 0` or `10 % to 20 %` would be in words; nothing of other texts."""
    if signed := _SIGNED.fullmatch(text):
        return f"{_SIGNS[signed[1]]} {signed[2]}{signed[3]}"
    if within := _RANGE.fullmatch(text):
        return f"between {within[1]}{within[2]} and {within[3]}{within[4]}"
    return ""


def _number(text: str, percent: str) -> float:
    number = float(text.replace(",", "").replace("_", ""))
    return number / 100 if percent else number


def _check_names(expectation: Expectation, data: Mapping[str, Any]) -> None:
    if expectation.figure in ATTACK_FIGURES:
        if expectation.tactic is None or expectation.modality is None:
            raise ExpectationError(f"{expectation.figure} needs a tactic and a modality: of TACTIC on MODALITY")
        if expectation.arm is not None or expectation.change:
            raise ExpectationError(f"{expectation.figure} is the same in all arms, so it is of no arm")
    else:
        figures = TACTIC_METRICS if expectation.tactic else ARM_METRICS
        _known("figure", expectation.figure, [*figures, *ATTACK_FIGURES])
        if expectation.modality is not None:
            raise ExpectationError(f"{expectation.figure} is not told apart by modality: leave out 'on'")
    _known("tactic", expectation.tactic, _names(data.get("tactics")))
    _known("modality", expectation.modality, _names(data.get("modalities")))
    arms = _names(data.get("arms"))
    _known("arm", expectation.arm, arms)
    if expectation.change and (expectation.arm is None or arms[:1] == [expectation.arm]):
        raise ExpectationError("a change is from the baseline to another arm: say in arm ARM")


def _known(what: str, name: str | None, names: Sequence[str]) -> None:
    if name is not None and names and name not in names:
        close = nearest(name, names)
        hint = f"did you mean '{close}'?" if close else f"there are {', '.join(names)}"
        raise ExpectationError(f"there is no {what} '{name}'; {hint}")


def _names(section: Any) -> list[str]:
    if isinstance(section, Mapping):
        return [str(name) for name in section]
    items = section if isinstance(section, (list, tuple)) else ()
    names = (item.get("name") if isinstance(item, Mapping) else getattr(item, "name", None) for item in items)
    return [name for name in names if isinstance(name, str)]
