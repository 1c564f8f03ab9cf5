"""The arms of a scenario: what each one sets, checked when the file is loaded, applied when it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from threatsim.common.errors import InputError
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place
from threatsim.scenario.reading.explain import explain
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import SAME_IN_ALL_ARMS, PathError, expand, with_value
from threatsim.scenario.reading.relative import RelativeError, meant
from threatsim.scenario.rules.classifier_rules import named_classifiers
from threatsim.scenario.schema import MOST_ARMS, Scenario
from threatsim.scenario.sections.relative_value import RELATIVE_KEYS, is_relative

_ONE_CLASSIFIER = "an arm cannot set the classifier: attacks on it are run once for all arms"
_OTHERS = "Write a scenario for each classifier, and compare their reports: threatsim compare."


class Change(NamedTuple):
    """One entry of an arm's `set`: where it was written, the paths it names, and the new value of each.

    A relative value has become the number that it means.
    """

    entry: KeyPath
    pattern: str
    targets: tuple[KeyPath, ...]
    values: tuple[Any, ...]


def resolve_arm(loaded: LoadedScenario, arm_name: str) -> Scenario:
    """Return the scenario as one arm has it: the file with everything that the arm sets.

    A bare number keeps the unit of the one it replaces and is `assumed`; of two entries the later wins.

    Raises:
        InputError: the scenario has no such arm.
    """
    names = [arm.name for arm in loaded.scenario.arms]
    if arm_name not in names:
        raise InputError(
            f"there is no arm '{arm_name}' in {loaded.path}; it has {', '.join(names)}", given=arm_name, allowed=names
        )
    changes, _ = read_changes(loaded.document, names.index(arm_name))
    return Scenario.model_validate(changed(loaded.document.data, changes))


def arm_problems(document: Document, known: Sequence[ErrorDetails]) -> list[Mistake]:
    """Return what is wrong with what the arms of a document set.

    Args:
        document: the scenario file.
        known: what is wrong with the scenario without its arms, which is not reported again.
    """
    arms = document.data.get("arms")
    problems: list[Mistake] = []
    for index in range(len(arms) if isinstance(arms, list) and len(arms) <= MOST_ARMS else 0):
        changes, bad_paths = read_changes(document, index, known)
        problems += bad_paths
        if changes and index > 0:  # the schema says already that the baseline sets nothing
            problems += _refused(document, index, changes, known)
    return problems


def read_changes(
    document: Document, index: int, known: Sequence[ErrorDetails] = ()
) -> tuple[list[Change], list[Mistake]]:
    """Return the entries of an arm's `set` that say something, and a problem for each of the others.

    A path that leads nowhere, or a relative value where there is no number, raises nothing.

    Args:
        document: what was read.
        index: number of the arm, from 0.
        known: what is wrong with the scenario without its arms; a number that it lacks, or that is none, is not
            reported again.
    """
    wrong = {detail["loc"] for detail in known if detail["loc"]} | document.unfinished
    arm = document.data["arms"][index]
    entries = arm.get("set") if isinstance(arm, Mapping) else None
    changes: list[Change] = []
    problems: list[Mistake] = []
    before: Mapping[str, Any] = document.data
    by_what_stands = isinstance(entries, Mapping) and any(is_relative(value) for value in entries.values())
    for pattern, value in entries.items() if isinstance(entries, Mapping) else ():
        entry: KeyPath = ("arms", index, "set", pattern)
        targets: tuple[KeyPath, ...] = ()
        try:
            if (first := pattern.split(".")[0]) in SAME_IN_ALL_ARMS:
                raise PathError(f"an arm cannot set '{first}', which is the same in all arms")
            targets = tuple(expand(pattern, document.data))
            change = Change(entry, pattern, targets, tuple(meant(value, target, before) for target in targets))
            if first == "modalities" and named_classifiers(changed(before, [change])) != named_classifiers(before):
                raise PathError(_ONE_CLASSIFIER, _OTHERS)
        except PathError as error:
            if isinstance(error, RelativeError) and any(
                target[: len(at)] == at or at[: len(target)] == target for target in targets for at in wrong
            ):
                continue
            text = f"arm '{arm.get('name')}': {error}"
            part = error.part if isinstance(error, RelativeError) else ""
            spot = document.spot((*entry, part) if part else entry)
            place = spot.value if part in RELATIVE_KEYS else spot.key
            problems.append(Mistake(text, place, error.hint))
            continue
        changes.append(change)
        if by_what_stands:  # an entry is by what those above it have set
            before = changed(before, [change])
    return changes, problems


def changed(data: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """Return a copy of a scenario's plain data with the changes made in their order."""
    result = dict(data)
    for change in changes:
        for target, value in zip(change.targets, change.values, strict=True):
            result = with_value(result, target, value)
    return result


def _refused(document: Document, index: int, changes: Sequence[Change], known: Sequence[ErrorDetails]) -> list[Mistake]:
    """Return what the schema has against the scenario of an arm and not against the scenario itself."""
    data = changed(document.data, changes)
    try:
        Scenario.model_validate(data)
    except ValidationError as error:
        seen = {signature(detail) for detail in known}
        wrong = {detail["loc"] for detail in known if detail["loc"]}  # an arm adds nothing to a section that is wrong
        new = [
            detail
            for detail in error.errors()
            if signature(detail) not in seen and not any(detail["loc"][: len(path)] == path for path in wrong)
        ]
        name = document.data["arms"][index].get("name")
        spots = _Spots(document, index, changes)
        return [
            Mistake(f"arm '{name}': {problem.text}", problem.place, problem.hint)
            for problem in explain(new, data, spots.locate)
        ]
    return []


def signature(detail: ErrorDetails) -> tuple[KeyPath, str, str]:
    """Return what makes two errors the same: place, type and message."""
    return detail["loc"], detail["type"], detail["msg"]


class _Spots:
    """Where a path of an arm's scenario was written: in the last `set` entry that covers it."""

    def __init__(self, document: Document, index: int, changes: Sequence[Change]) -> None:
        self.document = document
        self.index = index
        self.changes = changes

    def locate(self, path: KeyPath, key: bool) -> Place | None:
        for change in reversed(self.changes):
            for target in change.targets:
                if path[: len(target)] == target:
                    rest = path[len(target) :]
                    spot = self.document.spot((*change.entry, *rest))
                    return spot.key if key else spot.value
        above = [change for change in self.changes if any(target[: len(path)] == path for target in change.targets)]
        return self.document.spot(above[-1].entry if above else ("arms", self.index, "set")).key
