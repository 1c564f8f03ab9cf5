"""Write the pages of the reference that the code itself says: commands, scenario, record, catalogue.

They are made anew whenever the site is built, into a folder that is not kept, so nothing is listed twice.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
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
from threatsim.cli.main import GROUPS, app
from threatsim.experiment.record.record import RunRecord
from threatsim.scenario.reading.paths import Slot
from threatsim.scenario.schema import Scenario

COLUMNS = ("field", "unit", "allowed", "default", "what it is")


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
    text = re.sub(r"\[/?(?:bold|dim|italic)\]", "", text)  # rich's markup is for the terminal
    text = re.sub(r"^(#+) `(.*)`$", r"\1 \2", text, flags=re.MULTILINE)
    # Typer cuts short what its lists say of a command.
    first, *rest = re.split(r"(?<=^\*\*Commands\*\*:\n\n)((?:\* .*\n)+)", text, flags=re.MULTILINE)
    parts = [first, _by_wish(group), *rest[1:]]
    for place in range(3, len(parts), 2):
        name = re.findall(r"^## threatsim (\S+)$", "".join(parts[:place]), re.MULTILINE)[-1]
        parts[place] = _listed(f"threatsim {name}", group.commands[name].commands)
    return "".join(parts)


def _by_wish(group: Any) -> str:
    """Return the commands under what one wants of them, as `--help` has them."""
    lists = [
        f"*{title}*\n\n" + _listed("threatsim", {n: group.commands[n] for n in names})
        for title, names in GROUPS.items()
    ]
    return "\n".join(lists)


def _listed(before: str, commands: Mapping[str, Any]) -> str:
    lines = []
    for name, command in commands.items():
        anchor = f"{before} {name}".replace(" ", "-")
        said = " ".join((command.help or "").strip().split("\n\n")[0].split())
        lines.append(f"* [`{name}`](#{anchor}): {said}\n")
    return "".join(lines)


SCENARIO = """\
A scenario is a YAML file; `threatsim describe PATH` says the same of one place in it, and
`threatsim schema` gives the JSON Schema by which an editor completes and checks it. A number may stand bare, with its
source (`{value, unit, kind, source}`), as a distribution, or as a reference to a shared parameter; [the first
scenario](../../tutorials/first-scenario.md) shows how.
"""
RECORD = """\
`record.json` in a report's folder holds everything that a run was given, used and found. `threatsim.load` reads it.
"""
NAMES = """\
Everything in `threatsim.__all__`; the rest may change. How they go together is in
[threatsim in Python](../../how-to/python.md).
"""


def sections(root: type[BaseModel], title: str, introduction: str) -> str:
    """Return a page with a table for each model that is reached from the root, in the order of reading."""
    parts = [f"# {title}\n", introduction]
    for model in _reached(root):
        text = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        parts.append(f"## {_spaced(model.__name__)}\n\n{_cell(text)}\n\n{_fields(model)}")
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


def _fields(model: type[BaseModel]) -> str:
    """Return a table of a model's fields, without columns in which nothing stands."""
    rows = [COLUMNS, *_cells(model)]
    held = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows[1:])]
    lines = ["| " + " | ".join(row[place] for place in held) + " |\n" for row in rows]
    return "".join([lines[0], "|---" * len(held) + "|\n", *lines[1:]])


def _cells(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
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
        yield (f"`{name}`", *map(_cell, cells))


def public_names() -> str:
    """Every name that `import threatsim` offers, with its docstring, and every attack with its parameters."""
    names = sorted(threatsim.__all__, key=str.lower)
    parts = ["# The Python package, name by name\n", NAMES]
    parts += [_name("threatsim", name) for name in names if callable(getattr(threatsim, name))]
    parts.append("## attacks\n\nWhat `threatsim.attacks` has beside `attack_model`, `Attacked` and `PixelBudget`.\n")
    inside = sorted(set(threatsim.attacks.__all__) - set(names), key=str.lower)
    parts += [_name("threatsim.attacks", name) for name in inside if callable(getattr(threatsim.attacks, name))]
    return "\n".join(parts)


def _name(module: str, name: str) -> str:
    found = getattr(importlib.import_module(module), name)
    of_class = isinstance(found, type)
    directive = f".. {'autoclass' if of_class else 'autofunction'}:: {module}.{name}"
    directive += "\n   :members:" * (of_class and module == "threatsim")
    text = f"{'##' if module == 'threatsim' else '###'} {name}\n\n```{{eval-rst}}\n{directive}\n```\n"
    if of_class and issubclass(found, BaseModel):
        text += f"\n{_fields(found)}"
    return text


def catalogue() -> str:
    """Every row of the catalogue: attacks, controls, metrics, rules and whatever else there is to choose from."""
    parts = ["# What there is to choose from\n", "Every row of the catalogue; other packages may add rows.\n"]
    for registry in sorted(_registries(), key=lambda registry: registry.kind):
        rows = [f"| `{row.name}` | {_cell(row.title)} | {_cell(row.text)} |" for row in registry.values()]
        title = registry.kind.capitalize()
        parts.append(f"## {title}\n\n| name | title | what it is |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _registries() -> Iterator[Registry[Any]]:
    modules = pkgutil.walk_packages(threatsim.catalogue.__path__, "threatsim.catalogue.")
    values = [value for module in modules for value in vars(importlib.import_module(module.name)).values()]
    yield from {id(value): value for value in values if isinstance(value, Registry)}.values()


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _cell(text: object) -> str:
    plain = re.sub(r"\s+", " ", str(text)).replace("|", "\\|")
    return re.sub(r"([*_<>\[\]{}$])", r"\\\1", plain) if "`" not in plain else plain
