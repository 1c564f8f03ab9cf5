"""What is wrong with what was typed into the form: the messages of `threatsim validate`, each at its field."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.overrides import read_settings
from threatsim.scenario.reading.remarks import remarks
from threatsim.view.tryout.bases import Base, Bases
from threatsim.view.tryout.form import FormField, fields_of

_TYPED: Final = "Type a number, true, false, a choice, or a section in { }."


class Wrong(BaseModel):
    """One thing that is wrong."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="The field that it is about; empty if it is about none of them.")
    text: str = Field(description="What was found and what is allowed.")
    hint: str = Field(default="", description="What to try; empty if there is nothing to say.")


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        values: dotted path -> value, for every field that says something else than the scenario.
        wrong: what is wrong; nothing if it may be run.
        notes: what one should look at once more.
        loaded: the scenario as it would run; None if something is wrong.
    """

    values: Mapping[str, Any]
    wrong: Sequence[Wrong]
    notes: Sequence[str]
    loaded: LoadedScenario | None

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "ok": not self.wrong,
            "changed": len(self.values),
            "wrong": [one.model_dump() for one in self.wrong],
            "notes": list(self.notes),
        }


class LastCheck:
    """Checks what is typed, and remembers what was found right last: who then runs it need not wait for that again.

    The process of a run reads the scenario anew, so it says what has become wrong of a file in between.
    """

    def __init__(self) -> None:
        self._last: tuple[str, dict[str, str], Checked] | None = None

    def check(self, bases: Bases, base: Base, typed: Mapping[str, str]) -> Checked:
        """Return what `check` finds now."""
        found = check(bases, base, typed)
        self._last = (base.key, dict(typed), found) if found.loaded is not None else None
        return found

    def known(self, bases: Bases, base: Base, typed: Mapping[str, str]) -> Checked:
        """Return what the last check found, if it was of the same and found nothing wrong; else what is found now."""
        last = self._last
        if last is not None and last[:2] == (base.key, typed):
            return last[2]
        return self.check(bases, base, typed)


def check(bases: Bases, base: Base, typed: Mapping[str, str]) -> Checked:
    """Return what is wrong with the values typed, and the scenario with them if nothing is.

    Args:
        bases: reads it.
        base: the scenario.
        typed: dotted path of a field -> its text, read as YAML reads it.

    Raises:
        InputError: the scenario itself has mistakes, or a path has no field.
    """
    fields = {field.path: field for field in fields_of(bases.load(base))}
    values, wrong = _read(fields, typed)
    if wrong:
        return Checked(values, wrong, (), None)
    try:
        loaded = bases.load(base, values)
    except ScenarioError as error:
        found = [_at_field(problem.text, problem.hint, values, fields) for problem in error.problems]
        return Checked(values, found, (), None)
    except ThreatsimError as error:
        return Checked(values, [_at_field(error.message, error.hint or "", values, fields)], (), None)
    with bases.trusted():
        return Checked(values, (), list(remarks(loaded)), loaded)


def _read(fields: Mapping[str, FormField], typed: Mapping[str, str]) -> tuple[dict[str, Any], list[Wrong]]:
    values: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for path, text in typed.items():
        if path not in fields:
            raise InputError(f"the form has no field '{path[:80]}'", given=path, allowed=fields)
        if text.strip() == fields[path].value:
            continue
        try:
            values |= read_settings([f"{path}={text}"])
        except InputError as error:
            wrong.append(Wrong(path=path, text=error.message, hint=_TYPED))
    return values, wrong


def _at_field(text: str, hint: str, values: Collection[str], fields: Collection[str]) -> Wrong:
    """Return a mistake at the field that its text begins with or names: a changed one rather, and the longest path.

    One that is of a whole section, as the sum of the payers' shares is, is told at a changed field of it.
    """
    for paths in (values, fields):
        named = [path for path in paths if text.startswith((f"{path} ", f"{path}:", f"{path}."))]
        if named := named or [path for path in paths if f" {path}:" in text]:
            return Wrong(path=max(named, key=len), text=text, hint=hint)
    within = [path for path in values if path.startswith(f"{text.partition(':')[0]}.")]
    within.sort(key=lambda path: path.rpartition(".")[2] not in text)
    return Wrong(path=within[0] if within else "", text=text, hint=hint)
