"""From what pydantic found to problems that an analyst can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.suggest import did_you_mean, nearest
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place
from threatsim.common.yaml_text.value_words import (
    ENDS,
    EXPECTED,
    NAME_PATTERN,
    NAME_RULE,
    literals,
    shown,
    what_stands_there,
)
from threatsim.scenario.reading.files.merging import LIKENED
from threatsim.scenario.reading.paths import ROOT, Slot, dotted, homes, slot_at
from threatsim.scenario.rules.consistency import Clash, ClashError
from threatsim.scenario.schema import FILLED
from threatsim.scenario.sections.relative_value import RELATIVE_KEYS, times_meant

Locate = Callable[[KeyPath, bool], Place | None]
_MANY = 14
_LACKED = 6
_LONGEST_NAME = 40
_FEW = 3
"""Sections that a scenario of its own may lack; one that lacks more was meant to extend another."""
*_MOST, _LAST = FAMILIES
_NUMBER = (
    "A number is written bare, or as {value: ..., unit: ..., source: ..., kind: ...}, or with one of "
    f"{', '.join(_MOST)} and {_LAST} in place of value, or as {{parameter: file.name, year: ...}}."
)


def explain(errors: Sequence[ErrorDetails], data: Mapping[str, Any], locate: Locate) -> list[Mistake]:
    """Return one problem for every mistake that pydantic found.

    Args:
        errors: `ValidationError.errors()` of a scenario.
        data: the plain data that was validated.
        locate: where a path was written in the file: its key if the flag is true, else its value.
    """
    explainer = _Explainer(data, locate)
    lacking = _lacking(errors)
    absent = [error["loc"] for error in errors if error["type"] == "missing" and len(error["loc"]) == 1]
    whole = absent if len(absent) > _FEW else []
    unknown: dict[KeyPath, set[str]] = {}
    for error in errors:
        if error["type"] == "extra_forbidden":
            unknown.setdefault(error["loc"][:-1], set()).add(str(error["loc"][-1]))
    problems: dict[Any, Mistake] = {}
    for error in errors:
        path = error["loc"]
        if error["type"] == "missing" and nearest(path[-1], unknown.get(path[:-1], ())):
            continue  # the misspelt key is reported already
        if error["type"] == "missing" and path[-1] == "value" and path[:-1] in unknown:
            continue  # what should be a number is something else, as its unknown key tells
        if error["type"] == "missing" and path in whole:
            problems.setdefault((), explainer.lacks_sections([str(absent[0]) for absent in whole]))
            continue
        if error["type"] == "missing" and (item := path[:2]) in lacking:
            problems.setdefault(item, explainer.lacks(item, lacking[item]))
            continue
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # pydantic does not count items that are wrong themselves; those are reported already
        for problem in explainer.problems(error):
            # What an alias repeats, or an arm sets by *, is wrong once however often it is used.
            same = (problem.place, error["type"], error["msg"], path[-1:]) if problem.place else problem
            problems.setdefault(problem if error["type"] == "value_error" and not error["msg"] else same, problem)
    return list(problems.values())


def _lacking(errors: Sequence[ErrorDetails]) -> dict[KeyPath, list[KeyPath]]:
    """Return payer or group of providers -> the places inside it that it lacks, of those that lack several."""
    found: dict[KeyPath, list[KeyPath]] = {}
    for error in errors:
        if error["type"] == "missing" and error["loc"][0] in LIKENED and len(error["loc"]) > 2:
            found.setdefault(error["loc"][:2], []).append(error["loc"][2:])
    return {item: places for item, places in found.items() if len(places) > 1}


class _Explainer:
    def __init__(self, data: Mapping[str, Any], locate: Locate) -> None:
        self.data = data
        self.locate = locate

    def problems(self, error: ErrorDetails) -> Iterator[Mistake]:
        path: KeyPath = error["loc"]
        kind = error["type"]
        if path and path[-1] == "[key]":
            yield self.key(path[:-1], error)
        elif kind == "extra_forbidden":
            yield self.unknown(path)
        elif kind == "missing":
            yield self.missing(path)
        elif kind == "value_error":
            yield from self.clash(path, error["ctx"]["error"])
        else:
            yield self.value(path, error)

    def key(self, path: KeyPath, error: ErrorDetails) -> Mistake:
        """Return a name of one's own choice, or of a modality, that is not allowed."""
        section, name = self.name(path[:-1]), path[-1]
        place = self.locate(path, True)
        if error["type"] == "literal_error":
            names = literals(error)
            text = f"'{name}' is not allowed in {section}; allowed: {', '.join(names)}"
            return Mistake(text, place, did_you_mean(name, names))
        return Mistake(f"'{name}' in {section} is not a name: {NAME_RULE}", place, _as_name(name))

    def unknown(self, path: KeyPath) -> Mistake:
        slot = slot_at(path[:-1]) or ROOT
        key = path[-1]
        section = self.name(path[:-1])
        keys = tuple(name for name in slot.keys if len(path) > 1 or name not in FILLED)
        hint = did_you_mean(key, (*keys, *(["like"] if len(path) == 3 and path[0] in LIKENED else [])))
        if not hint and key in homes():
            hint = f"{homes()[str(key)]} has a key of that name: check the indentation."
        if slot.is_quantity:
            if key in RELATIVE_KEYS:
                hint = "Only an arm's set and --set say a number by the one it replaces, at that number's own path."
            hint = f"{hint} {_NUMBER}".strip()
        elif len(keys) <= _MANY or not hint:
            hint = f"{hint} {section} has: {', '.join(keys)}.".strip()
        word, blank, value = str(key).partition(" ")
        if blank and word in keys:
            hint = f"The ':' is missing: write {word}: {value}"
        return Mistake(f"unknown key '{key}' in {section}", self.locate(path, True), hint)

    def missing(self, path: KeyPath) -> Mistake:
        slot = slot_at(path)
        text = f"{self.name(path[:-1])} lacks '{path[-1]}'"
        return Mistake(text, self.locate(path[:-1], True), _says(path, slot))

    def lacks(self, item: KeyPath, places: Sequence[KeyPath]) -> Mistake:
        """Return that an item lacks several things, in one mistake, and which other it could take them from."""
        names = [f"'{'.'.join(map(str, place))}'" for place in places]
        more = f" and {len(names) - _LACKED} more" if len(names) > _LACKED else ""
        text = f"{self.name(item)} lacks {', '.join(names[:_LACKED])}{more}"
        held = self.data[str(item[0])]
        paths: list[KeyPath] = [(item[0], key) for key in (held if isinstance(held, Mapping) else range(len(held)))]
        others = [dotted(path, self.data).partition(".")[2] for path in paths if path != item]
        hint = f"like: {others[0]} takes over from that one what is not written here." if others else ""
        return Mistake(text, self.locate(item, True), hint)

    def lacks_sections(self, keys: Sequence[str]) -> Mistake:
        """Return that a scenario lacks much of what one has, in one mistake, and how it takes it over."""
        hint = "extends: insurance_upcoding takes over from that one what is not written here."
        return Mistake(f"the scenario lacks {', '.join(map(repr, keys))}", self.locate((), True), hint)

    def clash(self, path: KeyPath, error: Any) -> Iterator[Mistake]:
        if isinstance(error, ClashError):
            for clash in error.clashes:
                yield self.one_clash(path, clash)
        else:
            inside = self.part_of_number(path, str(error))
            yield Mistake(f"{self.name(path)}: {error}", self.locate(inside, False), self.advice(path))

    def one_clash(self, path: KeyPath, clash: Clash) -> Mistake:
        whole = (*path, *clash.path)
        place = self.locate(whole, clash.at_key or not clash.path)
        return Mistake(f"{self.name(whole)}: {clash.text}", place, self.taken_over(whole, place))

    def taken_over(self, path: KeyPath, place: Place | None) -> str:
        """Return how payers of the scenario extended are left out, where those of a file do not agree with them."""
        payers = _at(self.data, path) if path == ("payers",) and place and not place.file else None
        for index in range(len(payers) if isinstance(payers, (list, tuple)) else 0):
            item = self.locate((*path, index), False)
            if item and item.file:
                name = dotted((*path, index), self.data)
                return f"Those of the scenario extended stay beside those of a file; without: [{name}] takes one out."
        return ""

    def part_of_number(self, path: KeyPath, text: str) -> KeyPath:
        """Return the part of a number written in full that its error is about."""
        written = _at(self.data, path)
        part = "unit" if "unit '" in text else "kind" if "of kind" in text else "value"
        return (*path, part) if isinstance(written, Mapping) and part in written else path

    def value(self, path: KeyPath, error: ErrorDetails) -> Mistake:
        slot = slot_at(path)
        name, found = self.name(path), error["input"]
        place = self.locate(path, False)
        kind = error["type"]
        if kind == "literal_error":
            names = literals(error)
            allowed = f"{name} is {shown(found)}; allowed: {', '.join(names)}"
            return Mistake(allowed, place, did_you_mean(found, names) if isinstance(found, str) else "")
        if slot and kind in {"greater_than_equal", "less_than_equal", "less_than", "greater_than"}:
            return Mistake(f"{name} is {shown(found)}; allowed is {_range(slot, error)}", place, _says(path, slot))
        if kind in EXPECTED:
            expected = "a number" if slot and slot.is_quantity else EXPECTED[kind]
            text = f"{name} needs {expected}, but {what_stands_there(found)}"
            return Mistake(text, place, _repair(found, expected) or _says(path, slot))
        if kind == "string_pattern_mismatch":
            return Mistake(f"{name} is {shown(found)}: {NAME_RULE}", place, _as_name(found))
        if kind == "finite_number":
            return Mistake(f"{name} is not a finite number", place, _says(path, slot))
        if kind in {"too_short", "string_too_short"} and error["ctx"].get("min_length") == 1:
            return Mistake(f"{name} must not be empty", place, _says(path, slot))
        if kind in {"too_short", "string_too_short"}:
            return Mistake(f"{name} needs at least {error['ctx']['min_length']} values", place, _says(path, slot))
        if kind == "too_long":
            return Mistake(f"{name} holds too much: at most {error['ctx']['max_length']} values", place)
        return Mistake(f"{name} is {shown(found)}: {_lower(error['msg'])}", place, _says(path, slot))

    def advice(self, path: KeyPath) -> str:
        """Return what to try with a share that looks like a percentage."""
        written = _at(self.data, path)
        value = written.get("value") if isinstance(written, Mapping) else written
        slot = slot_at(path)
        share = slot is not None and slot.bounds is not None and slot.bounds.unit == "share"
        if share and isinstance(value, (int, float)) and 1 < value <= 100:
            return f"A share lies between 0 and 1: {value:g} percent is {value / 100:g}."
        return _says(path, slot)

    def name(self, path: KeyPath) -> str:
        if path and path[-1] == "value" and not isinstance(_at(self.data, path[:-1]), Mapping):
            path = path[:-1]  # the value of a bare number is the number
        return dotted(path, self.data) or "the scenario"


def _range(slot: Slot, error: ErrorDetails) -> str:
    if slot.low is not None:
        return f"at least {slot.low:,}" if slot.high is None else f"from {slot.low:,} to {slot.high:,}"
    # An end that is itself excluded, or an upper one alone.
    return " and ".join(f"{ENDS[kind]} {end:,g}" for kind, end in error["ctx"].items())


def _says(path: KeyPath, slot: Slot | None) -> str:
    if path and path[-1] == "value":
        path, slot = path[:-1], slot_at(path[:-1])
    return f"{path[-1]}: {slot.description}" if path and slot and slot.description else ""


def _repair(found: Any, expected: str) -> str:
    """Return what the analyst probably meant: 12,000 or 5 % or yes written as YAML reads them."""
    if expected == "text" and isinstance(found, (bool, int, float)):
        return "Put it in quotes."
    if not isinstance(found, str):
        return ""
    if expected == "true or false" and found.lower() in {"yes", "on", "y", "no", "off", "n"}:
        return f"Write {'true' if found.lower() in {'yes', 'on', 'y'} else 'false'}."
    if "number" in expected:
        if re.fullmatch(r"[+-]?(0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))", found.strip()):
            return f"Write {found.strip().replace(',', '.')}: decimals follow a point."
        bare = re.sub(r"[,\s$_]|USD", "", found)
        if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?%", bare):
            return f"Write {float(bare[:-1]) / 100:g}."
        if times := times_meant(found):
            return f"Write the number itself: only an arm's set and --set say it by the one there, {{times: {times}}}."
        if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", bare):
            return f"Write {bare}, without quotes, commas or currency."
    return ""


def _as_name(found: Any) -> str:
    """Return the name that a text would be: more_audits for `More audits`; nothing where none is left of it."""
    name = re.sub(r"[^a-z0-9_]+", "_", str(found).lower()).strip("_")
    return f"Write {name}." if re.fullmatch(NAME_PATTERN, name) and len(name) <= _LONGEST_NAME else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data
