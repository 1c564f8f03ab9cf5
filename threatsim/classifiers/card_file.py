"""Reading `card.yaml`."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML

from threatsim.classifiers.card import Card
from threatsim.common.errors import InputError
from threatsim.common.files import write_text
from threatsim.common.yaml_text.foreign import read_document
from threatsim.common.yaml_text.mistakes import TextError
from threatsim.common.yaml_text.model_mistakes import model_mistakes

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
        raise TextError(model_mistakes(error.errors(), document, model), path, document.text) from error
