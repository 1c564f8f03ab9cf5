"""Where classifiers lie and what each reads, told without opening one: shipped, of plug-ins, and the user's own."""

from __future__ import annotations

import re
from pathlib import Path

from threatsim.catalogue.modalities import CLAIM_CODES
from threatsim.catalogue.plugins import CLASSIFIERS, find_added, folders, warn_of_namesakes
from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.library import library_folder

_KIND = "classifier"


def shipped_names() -> list[str]:
    """Name the classifiers of images that come with threatsim."""
    return sorted(path.name for path in _inside(library_folder("classifiers")))


def added_names() -> list[str]:
    """Name the classifiers of images that plug-ins add."""
    warn_of_namesakes(CLASSIFIERS, _KIND, shipped_names(), _inside)
    return sorted({path.name for _, folder in folders(CLASSIFIERS) for path in _inside(folder)})


def classifier_folder(name: str) -> Path:
    """Find the classifier of images of this name, shipped or of a plug-in, or the one in the folder `name`.

    Raises:
        InputError: there is none, or it reads the codes of claims.
        PluginError: two plug-ins have a classifier of this name.
    """
    own = shipped_names()
    if name in own:
        warn_of_namesakes(CLASSIFIERS, _KIND, {name}, _inside)
        return library_folder("classifiers") / name
    if (added := find_added(CLASSIFIERS, _KIND, name, _inside)) is not None:
        return added
    names = [*own, *added_names()]
    if any(reads_claims(path / "card.yaml") for path in (library_folder("classifiers") / name, Path(name))):
        raise InputError(
            f"'{name}' reads the codes of claims, and this is done on images; allowed are {', '.join(names)}",
            given=name,
            allowed=names,
            hint="A scenario with claim_codes attacks it: threatsim run billing_code_combinations.",
        )
    if (Path(name) / "card.yaml").is_file():
        return Path(name)
    raise InputError(
        f"there is no classifier '{name}'; allowed are {', '.join(names)}, or a folder with a card.yaml",
        given=name,
        allowed=names,
    )


def is_users_own(name: str) -> bool:
    """Return whether the classifier of this name is neither shipped nor a plug-in's, but a folder of the user's."""
    return name not in shipped_names() and find_added(CLASSIFIERS, _KIND, name, _inside) is None


def what_it_reads(card: Path) -> str | None:
    """Return the modality that a `card.yaml` names, without reading the rest; None if it names none."""
    try:
        text = read_foreign(card, "classifier card").decode()
    except (FileNotFoundError, InputError, UnicodeDecodeError):
        return None
    found = re.search(r"""^modality:\s*(["']?)(\w+)\1\s*(#.*)?$""", text, re.MULTILINE)
    return found[2] if found else None


def reads_claims(card: Path) -> bool:
    """Return whether a `card.yaml` is that of a classifier of claims, which has no images and a card of its own."""
    return what_it_reads(card) == CLAIM_CODES


def _inside(folder: Path) -> list[Path]:
    """Find the folders of classifiers of images within a folder."""
    return [card.parent for card in folder.glob("[!.]*/card.yaml") if not reads_claims(card)]
