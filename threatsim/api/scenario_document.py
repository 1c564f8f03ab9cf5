"""A scenario in Python: read from a file or a dict, changed by values, written out as YAML."""

from __future__ import annotations

import io
import numbers
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from threatsim.api.options import mapping_of
from threatsim.common.errors import InputError
from threatsim.common.yaml_text.document import MAX_DEPTH
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import read_scenario, read_text
from threatsim.scenario.reading.scenario_library import find_scenario, scenario_names
from threatsim.scenario.reading.shared_parameters import REFERENCE_KEYS, Resolved
from threatsim.scenario.schema import Scenario

DICT = Path("<dict>")
"""What stands for the file in messages on a scenario that was given as a dict; lines are those of `to_yaml`."""


@dataclass(frozen=True, eq=False, repr=False)
class ScenarioDocument:
    """A scenario, checked. `threatsim.Scenario` is this class; it does not change: `with_values` gives another one.

    Attributes:
        loaded: what it says, and where each value was written.
        text: the YAML that it was read from.
        values: dotted path -> value, set in place of what the text says.
        include: folders beyond its own that the text may extend files of.
    """

    loaded: LoadedScenario
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    include: tuple[Path, ...] = ()

    @classmethod
    def load(cls, path_or_name: str | os.PathLike[str], *, include: Sequence[Path] = ()) -> ScenarioDocument:
        """Read a scenario from a file, or one that comes with threatsim or a plug-in by its name.

        Args:
            path_or_name: a YAML file, or a name such as `insurance_upcoding` (`names` lists them).
            include: folders, beyond that of the file and the library, that `extends` may read from.

        Raises:
            InputError: there is no such file or name; `allowed` has the names.
            ScenarioError: the file has mistakes: `problems` has each, with line and column.
        """
        path = find_scenario(path_or_name)
        return cls._read(read_text(path), path, {}, tuple(include))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ScenarioDocument:
        """Check a scenario that is given as plain data, with the keys that a file has.

        Args:
            data: mappings with text for keys, sequences, text, numbers, booleans and None; numbers may be NumPy's. It
                may extend a scenario of the library, or a file in the current folder.

        Raises:
            InputError: a value is of a type that no scenario holds; `given` has its path.
            ScenarioError: it has mistakes: `problems` has each; lines are those of the data written as YAML.
        """
        return cls._read(_yaml(_plain(data)), DICT, {}, ())

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of the scenarios that come with threatsim, then those of plug-ins."""
        return scenario_names()

    def with_values(self, values: Mapping[str, Any]) -> ScenarioDocument:
        """Return the scenario with other values, as `threatsim run --set` has it.

        Args:
            values: dotted path -> value, for instance {"payers.*.audit.random": 0.02}; `*` means every one, and a bare
                number keeps its unit. They are set in all arms, after those of an earlier call.

        Raises:
            ScenarioError: a path leads nowhere (the nearest key is named), or a value is not allowed there.
        """
        plain = {path: _plain(value, (path,)) for path, value in mapping_of(values, "values").items()}
        return self._read(self.text, self.loaded.path, {**self.values, **plain}, self.include)

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data of its own: what it extends is written out, shared parameters are named."""
        found: dict[str, Any] = _as_written(self.loaded.document.data)
        return found

    def to_yaml(self) -> str:
        """Return the scenario as YAML, as `to_dict` has it: a file with this text runs with the same results.

        Comments are lost. Shared parameters that are not of the library need their folder beside the file.
        """
        return _yaml(self.to_dict())

    @property
    def name(self) -> str:
        """Its name, which is that of its reports' folder."""
        return self.sections.name

    @property
    def sections(self) -> Scenario:
        """What it says, typed: a section a field, numbers with unit, source and kind."""
        return self.loaded.scenario

    @property
    def arms(self) -> dict[str, Scenario]:
        """Arm name -> what the scenario says with everything that the arm sets, the baseline first."""
        return {arm.name: resolve_arm(self.loaded, arm.name) for arm in self.sections.arms}

    def __repr__(self) -> str:
        spec = self.sections
        return f"Scenario({spec.name}: {len(spec.arms)} arms, {spec.replicates} replicates, {spec.weeks} weeks)"

    @classmethod
    def _read(cls, text: str, path: Path, values: Mapping[str, Any], include: tuple[Path, ...]) -> ScenarioDocument:
        return cls(read_scenario(text, path, overrides=values, include=include), text, dict(values), include)


AnyScenario = ScenarioDocument | str | os.PathLike[str] | Mapping[str, Any]
"""A scenario, its file or name, or its data."""


def scenario_of(given: AnyScenario, values: Mapping[str, Any] | None = None) -> ScenarioDocument:
    """Return a scenario, however it was given, with some values set.

    Args:
        given: the scenario, its file or name, or its data.
        values: as `ScenarioDocument.with_values` takes them.

    Raises:
        InputError: as `load`, `from_dict` and `with_values` do; or it is none of these.
    """
    if isinstance(given, ScenarioDocument):
        found = given
    elif isinstance(given, Mapping):
        found = ScenarioDocument.from_dict(given)
    elif isinstance(given, (str, os.PathLike)):
        found = ScenarioDocument.load(given)
    else:
        kind = type(given).__name__
        text = f"scenario: wanted is a Scenario, a file, a name or a mapping of what one holds, not a {kind}"
        raise InputError(text, given="scenario")
    return found.with_values(values) if values else found


def _yaml(data: Any) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = 4096  # folded lines would end in blanks
    text = io.StringIO()
    writer.dump(data, text)
    return text.getvalue()


def _as_written(value: Any) -> Any:
    """Return a copy of a document's data in which a number that came from a shared parameter is its reference again."""
    if isinstance(value, Resolved):
        return {key: value[key] for key in REFERENCE_KEYS if key in value}
    if isinstance(value, dict):
        return {key: _as_written(part) for key, part in value.items()}
    return [_as_written(part) for part in value] if isinstance(value, list) else value


def _plain(value: Any, at: tuple[str, ...] = ()) -> Any:
    """Return a copy of a value made of what YAML holds.

    Raises:
        InputError: it holds something else, or lies too deep.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, Mapping) and len(at) <= MAX_DEPTH:
        for key in value:
            if not isinstance(key, str):
                raise _refused(f"the key {key!r} is not text, as every key of a scenario is", at)
        return {key: _plain(part, (*at, key)) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)) and len(at) <= MAX_DEPTH:
        return [_plain(part, (*at, str(index))) for index, part in enumerate(value)]
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, (bytes, bytearray)):
        raise _refused(f"sections lie more than {MAX_DEPTH} deep in one another", at)
    kind = type(value).__name__
    raise _refused(f"a scenario holds text, numbers, booleans, lists and mappings, and no {kind}", at)


def _refused(text: str, at: tuple[str, ...]) -> InputError:
    path = ".".join(at[:8])
    return InputError(text, given=path, location=f"{DICT}: {path}" if path else str(DICT))
