"""Where the scenarios and classifiers of threatsim lie: in the installed package, or in the checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from threatsim.common.errors import ThreatsimError

Shelf = Literal["scenarios", "classifiers"]


def library_folder(shelf: Shelf) -> Path:
    """Return the folder of the scenarios or classifiers that come with threatsim.

    An installed package carries them as `threatsim/_data/<shelf>`; in a checkout they lie beside the package.

    Raises:
        ThreatsimError: neither folder exists, so the installation is damaged.
    """
    package = Path(str(files("threatsim")))
    for folder in (package / "_data" / shelf, package.parent / shelf):
        if folder.is_dir():
            return folder
    raise ThreatsimError(
        f"the {shelf} that come with threatsim are missing: there is no folder {package / '_data' / shelf} "
        f"and none {package.parent / shelf}",
        hint="Install threatsim again, or run it from a complete checkout.",
    )
