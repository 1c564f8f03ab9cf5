"""Reading `card.yaml`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML

from threatsim.classifiers.card import Card
from threatsim.common.errors import InputError
from threatsim.common.files import write_text
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.foreign import read_document
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, TextError

AnyCard = TypeVar("AnyCard", bound=BaseModel)


def read_card(path: Path) -> Card:
    """Read the card in a YAML file.

    Raises:
        InputError: it is absent, is not YAML, or does not fit the card's schema; every mistake has its place.
    """
    return read_yaml(path, Card)


def copy_card(source: Path, destination: Path, *, finding: str | None) -> None:
    """Copy a card's file; where it names another finding than `finding`, the copy names that, and is else as it was.

    Args:
        source: a `card.yaml` that can be read.
        destination: the file to write; it may be the source itself.
        finding: what label 1 stands for in the copy.
    """
    if source.resolve() != destination.resolve():
        shutil.copyfile(source, destination)
    if finding is None or finding == read_card(destination).finding:
        return
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4096, True
    data = yaml.load(destination.read_text("utf-8"))
    data["finding"] = finding
    text = StringIO()
    yaml.dump(data, text)
    write_text(destination, text.getvalue())


def read_yaml(path: Path, model: type[AnyCard]) -> AnyCard:
    """Read what a YAML file holds, as a model.

    Raises:
        InputError: it is absent, is not YAML, or does not fit the model.
    """
    try:
        document = read_document(path, "classifier card")
    except FileNotFoundError:
        raise InputError("there is no card here", given=str(path), location=str(path)) from None
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        mistakes = [_mistake(found, document, model) for found in error.errors()]
        raise TextError(mistakes, path, document.text) from error


def _mistake(found: ErrorDetails, document: Document, model: type[BaseModel]) -> Mistake:
    """Return what is wrong at a place of a card: what stands there, what may, and the nearest name."""
    path, kind = tuple(found["loc"]), found["type"]
    where, spot = ".".join(str(part) for part in path), document.spot(path)
    if kind == "extra_forbidden":
        hint = did_you_mean(path[-1], _keys(model, path[:-1]))
        return Mistake(f"unknown key '{where}'", spot.key, hint)
    if kind == "literal_error":
        expected = str(found["ctx"]["expected"])
        allowed = re.findall(r"'([^']*)'", expected) or [expected]
        hint = did_you_mean(found["input"], allowed)
        return Mistake(f"{where} is {found['input']!r}; allowed: {', '.join(allowed)}", spot.value, hint)
    text = str(found["ctx"]["error"]) if kind == "value_error" else found["msg"]
    return Mistake(f"{where}: {text}" if where else text, spot.value)


def _keys(model: type[BaseModel], path: KeyPath) -> Iterable[str]:
    """Return the keys that the section of a card at a path may have; none where it is no section of its own."""
    for key in path:
        field = model.model_fields.get(str(key))
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not sections:
            return ()
        model = sections[0]
    return model.model_fields
