"""Shared parameters: numbers that scenarios refer to by name, each with a value a year and where it was read.

`scenarios/parameters/fees.yaml` holds what `{parameter: fees.cpt_67228_office, year: 2025}` refers to. A folder
`parameters` beside an analyst's own scenario is looked into first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails
from ruamel.yaml.error import YAMLError

from threatsim.common.errors import ThreatsimError
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document, compose
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place, SourceFile
from threatsim.common.yaml_text.syntax import explain_syntax
from threatsim.common.yaml_text.value_words import NAME_RULE
from threatsim.scenario.section import Name, Section, Text
from threatsim.scenario.sections.quantity import Quantity

FOLDER = "parameters"
_NO_PARAMETERS = ("moments",)
"""Files of that folder that hold something else."""
REFERENCE_KEYS = ("parameter", "year", "note")


class DatedValue(Section):
    """What a parameter was from a year on."""

    year: int = Field(strict=True, ge=1900, le=2200, description="First year that the value holds for.")
    number: Quantity = Field(description="The value, its source and kind; the unit is the parameter's.")


class SharedParameter(Section):
    """One number that scenarios share."""

    description: Text = Field(description="What the number is, in a line.")
    unit: Annotated[str, StringConstraints(min_length=1)] = Field(description="Unit of all its values.")
    values: tuple[DatedValue, ...] = Field(min_length=1, description="Its values, by the year they hold from.")

    @model_validator(mode="after")
    def _in_order(self) -> SharedParameter:
        years = [dated.year for dated in self.values]
        if years != sorted(set(years)):
            raise ValueError("the years of the values must rise")
        return self

    def in_force(self, year: int | None) -> DatedValue | None:
        """Return the value that holds in a year (the latest without one), or None before the first."""
        held = [dated for dated in self.values if year is None or dated.year <= year]
        return held[-1] if held else None


@dataclass(frozen=True)
class ParameterFile:
    """One file of parameters, and where each is written."""

    file: SourceFile
    parameters: Mapping[str, SharedParameter]
    places: Mapping[str, Place]


class ParameterError(ValueError):
    """A parameter that is not there, or a file of parameters with a mistake."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


_FILE = TypeAdapter(dict[Name, SharedParameter])


class Parameters:
    """The parameters that a scenario may refer to.

    Args:
        folders: folders of parameter files, the first wins where two hold the same name.
        read: the text of a file; raises ThreatsimError.
    """

    def __init__(self, folders: Sequence[Path], read: Callable[[Path], str]) -> None:
        self._folders, self._read = folders, read
        self._files: dict[Path, ParameterFile] = {}

    def names(self) -> list[str]:
        """Return every name, as file.name, sorted."""
        files = {path.stem: None for folder in self._folders for path in sorted(folder.glob("*.yaml"))}
        return sorted(f"{stem}.{name}" for stem in files for name in self._in(stem))

    def find(self, name: str) -> tuple[SharedParameter, Place]:
        """Return the parameter of a name, and where it is written.

        Raises:
            ParameterError: there is none; or its file has mistakes.
        """
        stem, dot, key = name.partition(".")
        if not dot or not key or not stem.isidentifier():
            raise ParameterError(f"'{name}' is not the name of a parameter: it needs a file and a name, file.name")
        known = self._in(stem)
        if key not in known:
            names = self.names()
            held = f"{stem}.yaml has {_listed(known)}" if known else f"there is no parameters/{stem}.yaml"
            raise ParameterError(f"there is no parameter '{name}'; {held}", did_you_mean(name, names))
        return known[key]

    def _in(self, stem: str) -> dict[str, tuple[SharedParameter, Place]]:
        found: dict[str, tuple[SharedParameter, Place]] = {}
        if stem in _NO_PARAMETERS:
            return found
        for folder in reversed(self._folders):
            path = folder / f"{stem}.yaml"
            if path in self._files or path.is_file():
                held = self._file(path)
                found |= {name: (parameter, held.places[name]) for name, parameter in held.parameters.items()}
        return found

    def _file(self, path: Path) -> ParameterFile:
        if path not in self._files:
            self._files[path] = _load(path, self._read(path))
        return self._files[path]


_LISTED = 8


def _listed(names: Mapping[str, Any]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(list(names)[:_LISTED]) + more


@lru_cache(maxsize=32)  # those of the library are read for every scenario that a process loads
def _load(path: Path, text: str) -> ParameterFile:
    file = SourceFile(path, text)
    try:
        document = compose(text, file)
    except YAMLError as error:
        problem = explain_syntax(error, text)
        where = f"{path}:{problem.place.line}:{problem.place.column}" if problem.place else str(path)
        raise ParameterError(f"{where}: {problem.text}", problem.hint) from None
    except RecursionError:
        raise ParameterError(f"{path}: sections lie too deep in one another") from None
    if document.problems:
        first = document.problems[0]
        where = first.place.within(path) if first.place else str(path)
        raise ParameterError(f"{where}: {first.text}", first.hint)
    try:
        parameters = _FILE.validate_python({name: _with_numbers(body) for name, body in document.data.items()})
    except ValidationError as error:
        raise ParameterError(_message(error.errors()[0], document, path)) from None
    places = {name: document.spot((name,)).key for name in parameters}
    return ParameterFile(file, parameters, places)


def _message(detail: ErrorDetails, document: Document, path: Path) -> str:
    """Return what pydantic found wrong in a file of parameters, with its place there."""
    at = tuple(part for part in detail["loc"] if part not in ("number", "[key]"))
    name = ".".join(map(str, at))
    if detail["loc"][-1:] == ("[key]",):
        place = document.spot(at).key
        return f"{place.within(path)}: '{name}' is not a name: {NAME_RULE}"
    if detail["type"] == "missing":
        above = ".".join(map(str, at[:-1]))
        return f"{document.spot(at[:-1]).key.within(path)}: {above} lacks '{at[-1]}'"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{document.spot(at).value.within(path)}: {name}: {message[:1].lower() + message[1:]}"


def _with_numbers(body: Any) -> Any:
    """Return a parameter with each of its values as a year and a number, which a file writes in one line."""
    if not isinstance(body, dict) or not isinstance(body.get("values"), list):
        return body
    values = [
        {"year": value.get("year"), "number": {key: part for key, part in value.items() if key != "year"}}
        if isinstance(value, dict)
        else value
        for value in body["values"]
    ]
    return body | {"values": values}


class Resolved(dict[str, Any]):
    """A number that stands where a reference was written."""


def resolve(document: Document, parameters: Parameters, data: Any = None, path: KeyPath = ()) -> None:
    """Put the number in place of every `{parameter: file.name}` of a document, in the arms' settings too.

    What is wrong becomes a problem of the document, and the reference a number that no check refuses twice.

    Args:
        document: changed in place.
        parameters: what may be referred to.
        data: the part of the document's data that is looked through; all of it if None.
        path: where that part stands.
    """
    data = document.data if data is None else data
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        at: KeyPath = (*path, key)
        if isinstance(value, Resolved):
            continue
        if isinstance(value, dict) and isinstance(value.get("parameter"), str):
            data[key] = Resolved(_resolved(document, parameters, value, at))
        elif isinstance(value, (dict, list)):
            resolve(document, parameters, value, at)


def _resolved(document: Document, parameters: Parameters, reference: dict[str, Any], at: KeyPath) -> dict[str, Any]:
    name, year = reference["parameter"], reference.get("year")
    place = document.spot((*at, "parameter")).value
    extra = [key for key in reference if key not in (*REFERENCE_KEYS, "unit")]
    if extra:
        problem = Mistake(
            f"a reference to a parameter has parameter, year and note; it cannot set '{extra[0]}' as well",
            document.spot((*at, extra[0])).key,
            "Leave it out, or write the number itself in place of the reference.",
        )
        document.problems.append(problem)
    try:
        parameter, written = parameters.find(name)
    except ParameterError as error:
        document.problems.append(Mistake(str(error), place, error.hint))
        return _stand_in(document, at)
    except ThreatsimError as error:
        document.problems.append(Mistake(str(error), place))
        return _stand_in(document, at)
    dated = parameter.in_force(year if isinstance(year, int) and not isinstance(year, bool) else None)
    if dated is None:
        first = parameter.values[0].year
        text = f"{name} has no value for {year}; its first is of {first}"
        document.problems.append(Mistake(text, document.spot((*at, "year")).value))
        dated = parameter.values[0]
    document.parameters[at] = written
    number = dated.number.model_dump(exclude_defaults=True) | {"unit": parameter.unit, "parameter": name}
    if isinstance(reference.get("note"), str):
        number["note"] = reference["note"]
    return number | {"year": dated.year if isinstance(year, int) or year is None else year}


def _stand_in(document: Document, at: KeyPath) -> dict[str, Any]:
    """Return a number for the checks that follow; what they say of this place is not shown."""
    document.unresolved.update(document.spot(at))
    return {"value": 0.0}
