"""Whether code of others may run: only what the user has allowed, remembered by its content.

Scenarios, reports, weights and tables are data. A classifier's card may name a function or a program of its maker's
own, and to open such a classifier is to run that. So it is refused until the user has seen what would run and asked for
it.
"""

from __future__ import annotations

import hashlib
from importlib.machinery import PathFinder
from pathlib import Path

from platformdirs import user_config_path

from threatsim.common.errors import InputError
from threatsim.common.files import write_text

_allowed = False


def trust_others_code() -> None:
    """Allow the code that this process meets from now on, and remember it by its content (`threatsim --trust`)."""
    global _allowed
    _allowed = True


def require_trust(what: str, content: bytes, location: Path) -> None:
    """Refuse to go on unless the user allows this code, or has allowed it before.

    Args:
        what: what would run, such as `the function package:name`.
        content: all that decides what it does.
        location: the file that asks for it.

    Raises:
        InputError: the user has not allowed it.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = user_config_path("threatsim") / "trusted.txt"
    known = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if any(line.split(" ", 1)[0] == digest for line in known):
        return
    if not _allowed:
        raise InputError(
            f"{what} would run here, which is code that did not come with threatsim (SHA-256 {digest[:16]})",
            given=what,
            location=str(location),
            hint="Look at it first. Then `threatsim --trust`, before the command's name, allows it until it changes.",
        )
    write_text(path, "".join(f"{line}\n" for line in [*known, f"{digest} {what}"]))


def source_of(module: str) -> bytes:
    """Return the source of a module that is not imported for it; its name alone where no file is found."""
    top, *below = module.split(".")
    found = PathFinder.find_spec(top)
    if found is None:
        return module.encode()
    folders = list(found.submodule_search_locations or [])
    if not below and found.origin and Path(found.origin).is_file():
        return Path(found.origin).read_bytes()
    for folder in folders:
        base = Path(folder).joinpath(*below)
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return file.read_bytes()
    return module.encode()
