"""From a scenario file to a Scenario, or to one error that lists everything wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.common.library import library_folder
from threatsim.common.yaml_text.document import NO_SCENARIO, Document
from threatsim.common.yaml_text.foreign import composed, decoded
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place, SourceFile
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.reading.answers import answer_problems
from threatsim.scenario.reading.arms import arm_problems
from threatsim.scenario.reading.explain import explain
from threatsim.scenario.reading.files.extending import EXTENDS, by_itself, extends_problem, laid_over
from threatsim.scenario.reading.files.payer_list import payers_as_list
from threatsim.scenario.reading.files.population_file import fill_providers, refused_override
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import PathError, at, expand, with_value
from threatsim.scenario.reading.relative import meant
from threatsim.scenario.reading.scenario_library import find_scenario
from threatsim.scenario.reading.shared_parameters import FOLDER, Parameters, resolve
from threatsim.scenario.reading.standard_arms import write_out_standard_arms
from threatsim.scenario.rules.classifier_rules import classifier_problems
from threatsim.scenario.rules.code_rules import code_clashes
from threatsim.scenario.rules.consistency import ClashError, clashes
from threatsim.scenario.rules.law_rules import law_clashes
from threatsim.scenario.rules.population_rules import population_clashes
from threatsim.scenario.rules.time_rules import time_clashes
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.relative_value import is_relative


def load_scenario(
    path_or_name: str | os.PathLike[str],
    *,
    overrides: Mapping[str, Any] | None = None,
    include: Sequence[Path] = (),
) -> LoadedScenario:
    """Read and check a scenario. Nothing in the file is executed.

    Args:
        path_or_name: a file, or the name of a scenario that comes with threatsim.
        overrides: dotted path -> new value, set before anything is checked; a bare number keeps its unit, and
            `{"times": 2}` or `{"plus": 0.01}` is by the number that stands there.
        include: folders, beyond the scenario's own and the library, that `extends` and `providers.from` may read from.

    Raises:
        InputError: there is no such file, it cannot be read, or it has mistakes: all in one error, each
            with its line and column.
    """
    path = find_scenario(path_or_name)
    return read_scenario(read_text(path), path, overrides=overrides, include=include)


def read_scenario(
    text: str, path: Path, *, overrides: Mapping[str, Any] | None = None, include: Sequence[Path] = ()
) -> LoadedScenario:
    """Read and check a scenario from its text.

    Args:
        text: YAML.
        path: the file that it is from, or a name for one that is in none; files that it extends lie beside it.
        overrides, include: as `load_scenario` takes them.

    Raises:
        InputError: it has mistakes, or a file that it extends cannot be read.
    """
    folders = [path.resolve().parent, library_folder("scenarios").resolve(), *(folder.resolve() for folder in include)]
    document = _read(text, path, (), folders)
    fill_providers(document, path, folders)
    write_out_standard_arms(document)
    resolve(document, parameters_beside(path))
    scenario = _checked(document, path)
    if overrides:
        document, scenario = _overridden(document, path, overrides)
    return LoadedScenario(scenario, path, document)


def parameters_beside(path: Path) -> Parameters:
    """Return the shared parameters that a scenario file may refer to: those beside it, then those of the library."""
    return Parameters([path.resolve().parent / FOLDER, library_folder("scenarios") / FOLDER], read_text)


def _read(text: str, path: Path, above: tuple[Path, ...], folders: Sequence[Path]) -> Document:
    """Return the document of a file, laid over that of the file which it extends, if it extends one.

    Args:
        text: of the file.
        path: the file.
        above: the files that extend this one, resolved; none for the file that was requested.
        folders: the folders that an extended file may lie in, resolved.
    """
    document = _composed(text, path, SourceFile(path, text) if above else None)
    payers_as_list(document)
    problem = extends_problem(document, len(above))
    if problem or EXTENDS not in document.data:
        return by_itself(document, problem)
    above = (*above, path.resolve())
    extended = _extended_file(document, path, above, folders)
    base = _read(read_text(extended), extended, above, folders)
    return laid_over(base, document)


def _composed(text: str, path: Path, file: SourceFile | None) -> Document:
    """Return the document in a text, or the error that it is none."""
    document = composed(text, path, file, error=ScenarioError)
    if document.cut or not document.data:
        problems = document.problems or [Mistake(f"the file holds no keys; {NO_SCENARIO}")]
        raise ScenarioError(problems, path, text)
    return document


def _extended_file(document: Document, path: Path, above: Sequence[Path], folders: Sequence[Path]) -> Path:
    """Return the file that the document at `path` extends; the error that there is none or that it may not be read."""
    name, place = document.data[EXTENDS], document.spot((EXTENDS,)).value

    def refuse(text: str, hint: str = "") -> ScenarioError:
        return ScenarioError([Mistake(text, place, hint)], path, document.text)

    beside = path.parent / name
    try:
        found = beside if beside.is_file() else find_scenario(name)
        resolved = found.resolve()
    except (ThreatsimError, OSError, ValueError) as error:
        hint = (error.hint or "") if isinstance(error, ThreatsimError) else ""
        raise refuse(f"extends: there is no '{name}' beside this file, nor a scenario of that name", hint) from None
    if not any(resolved.is_relative_to(folder) for folder in folders):
        raise refuse(
            f"extends: '{name}' lies outside the folder of the scenario and the library",
            f"Copy it beside the scenario, or allow its folder with --include {found.parent}.",
        )
    if resolved in above:
        raise refuse(f"extends: '{name}' extends this file in turn, so neither has an end")
    return found


def _checked(document: Document, path: Path, *, origin: str = "", overridden: Sequence[KeyPath] = ()) -> Scenario:
    """Return the scenario in a document, or one error with all that is wrong; what is overridden has no place."""

    def locate(key_path: KeyPath, key: bool) -> Place | None:
        if any(key_path[: len(target)] == target for target in overridden):
            return None
        spot = document.spot(key_path)
        return spot.key if key else spot.value

    scenario: Scenario | None = None
    errors: list[ErrorDetails] = []
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        errors = error.errors() + _clashes_hidden_by(error, document.data)
    # What was reported already, such as a tag that is read as nothing, is not reported a second time.
    told = {problem.place for problem in document.problems} | document.unresolved
    causes = list(_causes(errors, document.unfinished))
    found = [
        *explain(causes, document.data, locate),
        *classifier_problems(document.data, locate),
        *arm_problems(document, errors),
        *answer_problems(document),
    ]
    problems = [*document.problems, *(problem for problem in found if problem.place not in told)]
    if problems or scenario is None:
        named = [replace(problem, origin=origin) if problem.place is None else problem for problem in problems]
        raise ScenarioError(named, path, document.text)
    return scenario


def _causes(errors: Sequence[ErrorDetails], unfinished: Collection[KeyPath]) -> Iterator[ErrorDetails]:
    """Yield what is wrong without what follows from a mistake that is told already."""
    for detail in errors:
        path, error = detail["loc"], detail.get("ctx", {}).get("error")
        if any(path[: len(at)] == at for at in unfinished):
            continue
        if isinstance(error, ClashError):
            # What does not agree between several follows from any of them.
            left = [
                clash
                for clash in error.clashes
                if not any(_one_holds_the_other((*path, *clash.path), at) for at in unfinished)
            ]
            if left:
                yield {**detail, "ctx": {"error": ClashError(left)}}
            continue
        yield detail


def _one_holds_the_other(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


def _clashes_hidden_by(error: ValidationError, data: Mapping[str, Any]) -> list[ErrorDetails]:
    """Return what does not agree between the sections, which pydantic looks at only once each section is right."""
    found = [
        *clashes(data),
        *code_clashes(data),
        *law_clashes(data),
        *time_clashes(data),
        *population_clashes(data),
    ]
    if not found or any(detail["loc"] == () and detail["type"] == "value_error" for detail in error.errors()):
        return []
    return [
        {"type": "value_error", "loc": (), "msg": "", "input": None, "ctx": {"error": ClashError(found)}},
    ]


def _overridden(document: Document, path: Path, overrides: Mapping[str, Any]) -> tuple[Document, Scenario]:
    """Return the document with the overrides made, and its scenario."""
    data: Mapping[str, Any] = document.data
    typed: dict[KeyPath, str] = {}
    replaced: dict[KeyPath, Any] = {}
    for pattern, value in overrides.items():
        if refused := refused_override(pattern, value, path, document.text):
            raise refused
        try:
            found = [(target, meant(value, target, data)) for target in expand(pattern, data)]
        except PathError as error:
            problem = Mistake(str(error), hint=error.hint, origin=f"override {pattern}")
            raise ScenarioError([problem], path, document.text) from None
        for target, new in found:
            before = at(data, target)
            if before is not None and not is_relative(value):
                replaced[target] = before
            data = with_value(data, target, new)
            typed[target] = f"--set {pattern}={_shown(value)}"
    parameters = {at: place for at, place in document.parameters.items() if at not in typed}
    changed = replace(
        document,
        data=dict(data),
        overridden=document.overridden | typed,
        parameters=parameters,
        replaced=document.replaced | replaced,
    )
    resolve(changed, parameters_beside(path))
    origin = f"override {', '.join(overrides)}"
    return changed, _checked(changed, path, origin=origin, overridden=list(typed))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_text(path: Path) -> str:
    """Return the text of a file, within the limit and in UTF-8.

    Raises:
        InputError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        data = read_foreign(path, "scenario")
    except FileNotFoundError as error:
        text = f"the scenario cannot be read: {error.strerror}"
        raise InputError(text, given=str(path), location=str(path)) from None
    return decoded(data, path)
