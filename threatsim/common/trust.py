"""Whether code of others may run: only what the user has allowed, remembered by its content.

Scenarios, reports, weights and tables are data. A classifier's card may name a function or a program of its maker's
own, and to open such a classifier is to run that. So it is refused until the user has seen what would run and asked for
it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from platformdirs import user_config_path

from threatsim.common.errors import InputError
from threatsim.common.files import write_text
from threatsim.common.package_source import python_files

_allowed = False


def trust_others_code() -> None:
    """Allow the code that this process meets from now on, and remember it by its content (`threatsim --trust`)."""
    global _allowed
    _allowed = True


def trusts_others_code() -> bool:
    """Return whether the user has allowed code of others for this process (`threatsim --trust`)."""
    return _allowed


def require_trust(what: str, content: bytes, location: Path | None = None) -> None:
    """Refuse to go on unless the user allows this code, or has allowed it before.

    Args:
        what: what would run, such as `the function package:name`.
        content: all that decides what it does.
        location: the file that it lies in, if it is one.

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
            location=str(location) if location else None,
            hint="Look at it first. Then `threatsim --trust`, before the command's name, allows it until it changes.",
        )
    write_text(path, "".join(f"{line}\n" for line in [*known, f"{digest} {what}"]))


def source_of(module: str) -> bytes:
    """Return a module's name and the source of all Python files of its package, which is not imported for it."""
    files = python_files(module.split(".")[0])
    return f"{module}\n".encode() + b"".join(f"{name}\n".encode() + files[name].read_bytes() for name in sorted(files))
