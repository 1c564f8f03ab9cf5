"""The classifier that a modality names: that there is one, that it reads such images, and that all arms have the same.

What is there is looked up when a file is read, not whenever a scenario is made: a record tells of its classifier
wherever it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from threatsim.catalogue.modalities import IMAGE_MODALITIES, MODALITIES
from threatsim.catalogue.pictures.classifier_folders import (
    added_names,
    classifier_folder,
    shipped_names,
    what_it_reads,
)
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place

CLASSIFIER_PATH: Final = "modalities.*.classifier"
"""Where a scenario names it; no arm does."""
_CARD: Final = "card.yaml"


def named_classifiers(data: Mapping[str, Any]) -> dict[str, str]:
    """Return modality -> the classifier that a scenario, as plain data, names for it."""
    modalities = data.get("modalities")
    return {
        str(name): modality["classifier"]
        for name, modality in (modalities.items() if isinstance(modalities, Mapping) else ())
        if isinstance(modality, Mapping) and isinstance(modality.get("classifier"), str)
    }


def classifier_problems(data: Mapping[str, Any], locate: Callable[[KeyPath, bool], Place | None]) -> Iterator[Mistake]:
    """Yield what is wrong with the classifiers that a scenario names.

    Args:
        data: a scenario as plain data; what is of the wrong type is passed over.
        locate: where a path was written in the file: its key if the flag is true, else its value.

    Raises:
        PluginError: two plug-ins have a classifier of a name.
    """
    for modality, name in named_classifiers(data).items():
        if modality not in MODALITIES or not name.strip():
            continue  # told already
        path: KeyPath = ("modalities", modality, "classifier")
        where = ".".join(map(str, path))
        if modality not in IMAGE_MODALITIES:
            text = f"{where}: the classifier of {modality} cannot be chosen; only that of images can"
            yield Mistake(text, locate(path, True))
            continue
        able = [known for known in (*shipped_names(), *added_names()) if _reads(known) == modality]
        try:
            reads = _reads(name)
        except InputError:
            text = f"{where}: no classifier of images is called '{name}'; allowed are {', '.join(able)}"
            text += f", or a folder with a {_CARD}"
            yield Mistake(text, locate(path, False), did_you_mean(name, able))
            continue
        if reads != modality:
            said = f"reads {reads}" if reads else f"has a {_CARD} that names no modality"
            yield Mistake(f"{where}: '{name}' {said}; of {modality} there are {', '.join(able)}", locate(path, False))


def _reads(name: str) -> str | None:
    return what_it_reads(classifier_folder(name) / _CARD)
