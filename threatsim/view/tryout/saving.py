"""A scenario that was tried as a file of its own, which says only what differs from the one it came from."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.shell import quoted
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.paths import expand
from threatsim.scenario.reading.reader import read_scenario
from threatsim.scenario.reading.shared_parameters import REFERENCE_KEYS, Resolved
from threatsim.view.tryout.bases import Base, Bases

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BY_NAME: Final = "payers"
"""The list of which a file may say a part, entry by entry; others it says whole."""


def save(bases: Bases, base: Base, values: Mapping[str, Any], *, name: str, title: str) -> Path:
    """Write a scenario that extends another into the user's folder.

    Args:
        bases: knows the folder.
        base: the scenario that it extends.
        values: dotted path -> value, as they were checked.
        name: of the new scenario and, with `.yaml`, of its file.
        title: the scenario in a line.

    Returns:
        The file.

    Raises:
        InputError: there is no folder, the name will not do or is taken, or the scenario has mistakes.
        ThreatsimError: the file cannot be written.
    """
    if bases.folder is None:
        hint = "Start the viewer with --scenarios FOLDER, which scenarios are then saved into."
        raise InputError("no folder was named for scenarios", given=name, hint=hint)
    if not _NAME.fullmatch(name):
        text = f"the name '{name[:80]}' is not one that a scenario may have"
        raise InputError(text, given=name, hint="Lower-case letters, digits and _, a letter first, at most 60.")
    path = bases.folder.resolve() / f"{name}.yaml"
    text = scenario_text(bases, base, values, name=name, title=" ".join(title.split()) or name)
    with bases.trusted():
        read_scenario(text, path)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise InputError(f"there is a scenario '{name}' already", given=name, hint="Choose another name.") from None
    except OSError as error:
        raise ThreatsimError(f"it cannot be written: {error.strerror or error}", location=str(path)) from None
    return path


def scenario_text(bases: Bases, base: Base, values: Mapping[str, Any], *, name: str, title: str) -> str:
    """Return the YAML of a scenario that extends another; it says what differs, and no more.

    Raises:
        InputError: the scenario has mistakes.
    """
    before, after = bases.load(base), bases.load(base, values)
    changes: dict[str, Any] = {}
    for pattern in values:
        for target in expand(pattern, after.document.data):
            _lay(changes, target, after.document.data)
    file = quoted(f"{name}.yaml")
    head = {"schema_version": 1, "extends": base.extends, "name": name, "title": title}
    lines = [
        f"# {before.scenario.name}, with other numbers, as tried in `threatsim view`.",
        f"# Check it:   threatsim validate {file}",
        f"# Run it:     threatsim run {file}",
        "",
        _yaml(head) + ("\n" + _yaml(changes) if changes else ""),
    ]
    return "\n".join(lines)


def _lay(tree: dict[str, Any], target: KeyPath, data: Any) -> None:
    """Put what stands at a path in the data into the same place of a tree that holds changes alone."""
    node, there = tree, data
    for depth, part in enumerate(target):
        inner = there[part]
        if depth + 1 == len(target) or (isinstance(inner, list) and target[: depth + 1] != (_BY_NAME,)):
            node[str(part)] = _plain(inner)
            return
        if isinstance(inner, list):
            item = inner[int(target[depth + 1])]
            entries = node.setdefault(str(part), [])
            entry = next((one for one in entries if one["name"] == item["name"]), None)
            if entry is None:
                entry = {"name": item["name"]}
                entries.append(entry)
            if rest := target[depth + 2 :]:
                _lay(entry, rest, item)
            return
        node, there = node.setdefault(str(part), {}), inner


def _plain(value: Any) -> Any:
    """Return plain data in which a number that came from a shared parameter is its reference again."""
    if isinstance(value, Resolved):
        return {key: value[key] for key in REFERENCE_KEYS if key in value}
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _yaml(data: Any) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = 4096
    text = io.StringIO()
    writer.dump(data, text)
    return text.getvalue()
