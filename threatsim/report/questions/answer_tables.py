"""The tidy tables of answers: a row a thing, an estimate in three columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.sensitivity.findings import Answer
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.statistics.estimate import Estimate

Rows = list[dict[str, Any]]


def sensitivity_tables(record: SensitivityRecord) -> dict[str, Rows]:
    """Return swings, effects, indices and numbers."""
    found = record.findings
    return {
        "swings": [
            {
                "number": one.number,
                **_of(one.answer),
                **_ends("at_low", one.at_low),
                **_ends("at_high", one.at_high),
                **_ends("change_low", one.change_low),
                **_ends("change_high", one.change_high),
                "confirmed": one.number in found.confirmed,
            }
            for one in found.swings
        ],
        "effects": [
            {
                "number": one.number,
                **_of(one.answer),
                **_ends("mean", one.mean),
                **_ends("absolute", one.absolute),
                "spread": one.spread,
                "chance": one.chance,
            }
            for one in found.effects
        ],
        "indices": [
            {"number": one.number, **_of(one.answer), **_ends("first", one.first), **_ends("total", one.total)}
            for one in found.indices
        ],
        "numbers": [
            {key: value for key, value in one.model_dump().items() if key != "places"} for one in found.numbers
        ],
    }


def search_tables(record: SearchRecord) -> dict[str, Rows]:
    """Return what was tried, and the best in fresh markets."""
    found = record.findings
    names = [*(goal.text for goal in found.objectives), *(rule.text for rule in found.constraints)]
    return {
        "trials": [
            {
                "trial": one.number,
                **one.values,
                **dict(zip(names, (*one.objectives, *one.constraints), strict=True)),
                "holds": one.holds,
            }
            for one in found.trials
        ],
        "front": [
            {
                "trial": one.trial,
                **{lever.path: one.values.get(lever.path) for lever in found.levers},
                **_all("", [goal.text for goal in found.objectives], one.objectives),
                **_all("gain in ", [goal.text for goal in found.objectives], one.gains),
                **_all("", [rule.text for rule in found.constraints], one.constraints),
            }
            for one in (found.as_it_is, *found.front)
        ],
    }


def in_turn_tables(record: InTurnRecord) -> dict[str, Rows]:
    """Return the replies."""
    paths = [lever.path for lever in record.findings.levers]
    return {
        "replies": [
            {
                "reply": place,
                "side": one.side,
                **{path: one.values.get(path) for path in paths},
                **_ends("gain", one.gain),
                "moved": one.moved,
            }
            for place, one in enumerate(record.findings.replies, 1)
        ]
    }


def _of(answer: Answer) -> dict[str, Any]:
    return {"figure": answer.figure, "arm": answer.arm, "difference": answer.difference}


def _ends(name: str, one: Estimate) -> dict[str, float | None]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def _all(before: str, names: Sequence[str], estimates: Sequence[Estimate]) -> Mapping[str, float | None]:
    found: dict[str, float | None] = {}
    for name, one in zip(names, estimates, strict=True):
        found |= _ends(f"{before}{name}", one)
    return found
