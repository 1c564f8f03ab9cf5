"""Reading `card.yaml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from threatsim.classifiers.card import Card
from threatsim.common.errors import InputError

AnyCard = TypeVar("AnyCard", bound=BaseModel)


def read_card(path: Path) -> Card:
    """Read the card in a YAML file.

    Raises:
        InputError: it is absent, is not YAML, or does not fit the card's schema.
    """
    return read_yaml(path, Card)


def read_yaml(path: Path, model: type[AnyCard]) -> AnyCard:
    """Read what a YAML file holds, as a model.

    Raises:
        InputError: it is absent, is not YAML, or does not fit the model.
    """
    try:
        return model.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InputError(f"the card cannot be read: {error}", given=str(path), location=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {first['msg']}", given=str(first["input"]), location=str(path)) from error


def reads_claims(path: Path) -> bool:
    """Return whether a `card.yaml` is that of a classifier of claims, which has no images and a card of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(r"^modality:\s*claim_codes\s*(#.*)?$", text, re.MULTILINE) is not None
