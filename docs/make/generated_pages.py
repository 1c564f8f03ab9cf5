"""Write the pages of the reference that the code itself says: commands, scenario, record, catalogue.

They are made anew whenever the site is built, into a folder that is not kept, so nothing is listed twice.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import click
import typer
import typer.cli
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import threatsim
import threatsim.catalogue
from threatsim.catalogue.row import Registry
from threatsim.cli.main import app
from threatsim.experiment.record.record import RunRecord
from threatsim.scenario.reading.paths import Slot
from threatsim.scenario.schema import Scenario

HEAD = "| field | unit | allowed | default | what it is |\n|---|---|---|---|---|"


def write_pages(folder: Path) -> None:
    """Write every generated page into the folder, and leave those alone that say the same already."""
    folder.mkdir(exist_ok=True)
    for name, text in {
        "commands.md": commands(),
        "scenario.md": sections(Scenario, "The scenario file, field by field", SCENARIO),
        "record.md": sections(RunRecord, "The run record, field by field", RECORD),
        "catalogue.md": catalogue(),
        "python.md": public_names(),
    }.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


def commands() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    group = typer.main.get_command(app)
    context = click.Context(group, info_name="threatsim")
    text: str = typer.cli.get_docs_for_click(obj=group, ctx=context, name="threatsim", title="Commands")
    # Shell completion is typer's, and rich's markup is for the terminal.
    return re.sub(r"\[/?(?:bold|dim|italic)\]", "", text)


SCENARIO = """\
A scenario is a YAML file; `threatsim describe PATH` says the same of one place in it, and
`threatsim schema` gives the JSON Schema by which an editor completes and checks it. A number may stand bare, with its
source (`{value, unit, kind, source}`), as a distribution, or as a reference to a shared parameter; [the first
scenario](../../tutorials/first-scenario.md) shows how.
"""
RECORD = """\
`record.json` in a report's folder holds everything that a run was given, used and found. `threatsim.load` reads it.
"""


def sections(root: type[BaseModel], title: str, introduction: str) -> str:
    """Return a page with a table for each model that is reached from the root, in the order of reading."""
    parts = [f"# {title}\n", introduction]
    for model in _reached(root):
        text = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        rows = "\n".join(_fields(model))
        parts.append(f"## {_spaced(model.__name__)}\n\n{_cell(text)}\n\n{HEAD}\n{rows}\n")
    return "\n".join(parts)


def _reached(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    seen, waiting = set[type[BaseModel]](), [root]
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield model
        for info in model.model_fields.values():
            waiting += [found for found in _models(info.annotation) if found.__module__.startswith("threatsim")]


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        slot = Slot(model).below(name)
        bounds = slot.bounds if slot else None
        default = info.default
        if default is PydanticUndefined:
            shown = "required" if info.is_required() else ""
        elif default is None or isinstance(default, BaseModel):
            shown = "none"
        else:
            shown = str(default).lower() if isinstance(default, bool) else str(default)
        cells = (bounds.unit if bounds else "", bounds.allowed if bounds else "", shown, info.description or "")
        yield f"| `{name}` | " + " | ".join(map(_cell, cells)) + " |"


def public_names() -> str:
    """Every name that `import threatsim` offers, with its docstring."""
    parts = ["# The Python package, name by name\n", "Everything in `threatsim.__all__`; the rest may change.\n"]
    for name in sorted(threatsim.__all__, key=str.lower):
        found = getattr(threatsim, name)
        if isinstance(found, type) or callable(found):
            kind = "autoclass" if isinstance(found, type) else "autofunction"
            members = "\n   :members:" if isinstance(found, type) else ""
            parts.append(f"## {name}\n\n```{{eval-rst}}\n.. {kind}:: threatsim.{name}{members}\n```\n")
    return "\n".join(parts)


def catalogue() -> str:
    """Every row of the catalogue: attacks, controls, metrics, rules and whatever else there is to choose from."""
    parts = ["# What there is to choose from\n", "Every row of the catalogue; other packages may add rows.\n"]
    for registry in sorted(_registries(), key=lambda registry: registry.kind):
        rows = [f"| `{row.name}` | {_cell(row.title)} | {_cell(row.text)} |" for row in registry.values()]
        title = registry.kind.capitalize()
        parts.append(f"## {title}\n\n| name | title | what it is |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _registries() -> Iterator[Registry[Any]]:
    for module in pkgutil.iter_modules(threatsim.catalogue.__path__, "threatsim.catalogue."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Registry):
                yield value


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _cell(text: object) -> str:
    plain = re.sub(r"\s+", " ", str(text)).replace("|", "\\|")
    return re.sub(r"([*_<>\[\]{}$])", r"\\\1", plain) if "`" not in plain else plain
