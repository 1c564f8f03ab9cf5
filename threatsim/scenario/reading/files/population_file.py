"""`providers.from`: the file that fills the providers of a scenario, read and put in its place.

    providers:
      from: population.csv                      # or {file: population.csv, services: {eye: [92250, 92228]}}
      eye: {modality: fundoscopy, coding_error_up: 0.02, coding_error_down: 0.03}

What the file says stands under `population` from then on; each specialty has its count, and the mean and the spread
of its volumes. A weekly volume that is written beside it stays: the file then says only how practices differ. What a
scenario takes over from one that it extends gives way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from threatsim.common.library import library_folder
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake
from threatsim.population.columns_text import column_text
from threatsim.population.plain_layout import PopulationFile, PracticeColumns, read_population
from threatsim.population.volumes import mean_of, spread_of
from threatsim.scenario.problems import ScenarioError
from threatsim.scenario.section import WEEKS_PER_YEAR

FROM: Final = "from"
_FILLED: Final = "population"
_KEYS: Final = ("file", "services")
_FORMS: Final = "a file, as population.csv, or {file: population.csv, services: {eye: [92250]}}"
_OF_THE_FILE: Final = {"count", "volume_skew"}


def fill_providers(document: Document, path: Path, folders: Sequence[Path]) -> None:
    """Take `providers.from` out of a document and put what the file says in its place.

    Args:
        document: as it was composed and laid over what it extends; changed in place.
        path: the scenario file, beside which the population's lies; a file that it extends has its own beside itself.
        folders: the folders that it may lie in, resolved: whoever wrote the scenario may not read others.

    Raises:
        InputError: the first thing that is wrong in the population file.
    """
    providers = document.data.get("providers")
    if not isinstance(providers, dict) or FROM not in providers:
        return
    written = providers.pop(FROM)
    spot = document.spot(("providers", FROM)).value
    wanted = _wanted(document, written, providers)
    if wanted is None:
        return
    name, services = wanted
    if _FILLED in document.data:
        text = "population is filled from the file that providers.from names; it is not written beside it"
        document.problems.append(Mistake(text, document.spot((_FILLED,)).key))
    beside = (spot.file.path if spot.file else path).parent
    beside_it = {group: _written_beside(document, group, given) for group, given in providers.items()}
    for group, keys in beside_it.items():
        for key in keys & _OF_THE_FILE:
            text = f"providers.{group}.{key}: the population file says it; leave it out"
            document.problems.append(Mistake(text, document.spot(("providers", group, key)).key))
    if not _lies_in(beside / name, folders):
        _refuse(
            document,
            providers,
            f"providers.from: '{name}' lies outside the folder of the scenario and the library",
            hint="Copy it beside the scenario, or allow its folder with --include FOLDER.",
        )
        return
    found = read_population(beside / name, list(providers), services)
    document.data[_FILLED] = _population(name, found)
    for group, given in providers.items():
        practices = found.practices[group]
        if isinstance(given, dict) and practices.services:
            own = {key: value for key, value in given.items() if key != "weekly_volume" or key in beside_it[group]}
            providers[group] = _filled(own, practices, name, found.sha256)


def refused_override(pattern: str, value: Any, path: Path, text: str) -> ScenarioError | None:
    """Return the error that an override names a population; None of any other override.

    A population is read while the scenario is put together, gives groups their counts and volumes, and may lie in the
    folder of whoever wrote the scenario alone; an override comes later and from anywhere.

    Args:
        pattern: the dotted path of the override.
        value: what it sets.
        path: the scenario file.
        text: of the scenario.
    """
    first, *others = pattern.split(".")
    if first != _FILLED and (first != "providers" or not others or others[-1] != FROM):
        return None
    told = "a file of providers is named in a scenario, not set from outside; it is read before any value is set"
    wanted = value.get("file", "") if isinstance(value, dict) else value
    file = Path(wanted).name if isinstance(wanted, str) and wanted.strip() else "population.csv"
    shipped = path.resolve().parent == library_folder("scenarios").resolve()
    extended = path.stem if shipped else path.name
    scenario = f"{{schema_version: 1, extends: {extended}, name: mine, providers: {{from: {file}}}}}"
    hint = f"Write a scenario beside it: {scenario}"
    return ScenarioError([Mistake(told, hint=hint, origin=f"override {pattern}")], path, text)


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    try:
        return any(path.resolve().is_relative_to(folder) for folder in folders)
    except (OSError, ValueError, RuntimeError):  # no path, or links without end
        return False


def _refuse(
    document: Document, providers: Mapping[str, Any], text: str, at: KeyPath = ("providers", FROM), hint: str = ""
) -> None:
    document.problems.append(Mistake(text, document.spot(at).value, hint))
    document.unfinished.update([("providers",), *(("providers", group) for group in providers)])


def _written_beside(document: Document, group: str, given: Any) -> set[str]:
    """Return the keys of a group that are written in the file which names the population, not in one it extends."""
    here = document.spot(("providers", FROM)).value.file
    return (
        {key for key in given if document.spot(("providers", group, key)).key.file == here}
        if isinstance(given, dict)
        else set()
    )


def _wanted(document: Document, written: Any, providers: Mapping[str, Any]) -> tuple[str, dict[str, list[str]]] | None:
    """Return the file and the services that count, by specialty; None where they are not written rightly."""
    path: KeyPath = ("providers", FROM)

    def refuse(text: str, at: KeyPath = path, hint: str = "") -> None:
        _refuse(document, providers, text, at, hint)

    data = {"file": written} if isinstance(written, str) else written
    if not isinstance(data, dict) or not isinstance(data.get("file"), str) or not data["file"].strip():
        refuse(f"providers.from needs {_FORMS}")
        return None
    for key in data:
        if key not in _KEYS:
            refuse(f"providers.from has no key '{key}'", (*path, key), did_you_mean(key, _KEYS))
            return None
    services: dict[str, list[str]] = {}
    given = data.get("services", {})
    if not isinstance(given, dict):
        refuse("providers.from.services needs a section, as {eye: [92250, 92228]}", (*path, "services"))
        return None
    for group, codes in given.items():
        at = (*path, "services", group)
        if group not in providers:
            there = f"there are no providers '{group}'; there are {', '.join(providers) or 'none'}"
            refuse(there, at, did_you_mean(group, providers))
            return None
        if not isinstance(codes, list) or not codes or any(isinstance(one, (dict, list, bool)) for one in codes):
            refuse("it needs a list of the services that count, as [92250, 92228]", at)
            return None
        services[group] = [str(code) for code in codes]
    return data["file"], services


def _population(name: str, found: PopulationFile) -> dict[str, Any]:
    return {
        "file": Path(name).name,
        "sha256": found.sha256,
        "rows": found.rows,
        "left_out": dict(found.left_out),
        "practices": {group: _practices(held) for group, held in found.practices.items() if held.services},
    }


def _practices(held: PracticeColumns) -> dict[str, Any]:
    return {
        "services": column_text(held.services),
        "fee_factors": column_text(held.fee_factors),
        "states": {state: count for state, count in held.states.items() if state},
        "excluded": [{"practice": practice, "week": week, "until": until} for practice, week, until in held.excluded],
    }


def _filled(given: Mapping[str, Any], held: PracticeColumns, name: str, sha256: str) -> dict[str, Any]:
    """Return a group of providers with what the file says of it."""
    volumes = tuple(held.services)
    source = f"{Path(name).name} (SHA-256 {sha256[:12]})"
    mean = {
        "value": mean_of(volumes) / WEEKS_PER_YEAR,
        "unit": "cases per week",
        "source": f"{source}: mean services a year, over {WEEKS_PER_YEAR}",
        "kind": "measured",
    }
    skew = {"value": spread_of(volumes), "source": f"{source}: services a year", "kind": "measured"}
    return {"weekly_volume": mean, **given, "count": len(volumes), "volume_skew": skew}
