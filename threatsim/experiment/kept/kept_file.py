"""Findings in the cache: a file each, named by the hash of all that they depend on. Whole, or taken for absent."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from threatsim.common import files
from threatsim.common.cache import cache_folder

Arrays = Mapping[str, NDArray[Any]]
_TEXT: Final = "text"
_MOST: Final = 100
"""Files of a kind that stay, those last written: an edit of threatsim leaves all that was kept before it behind."""


def save(kind: str, key: str, text: Any, arrays: Arrays | None = None) -> None:
    """Keep findings; where the cache cannot be written to, they are found out again next time.

    Args:
        kind: what they are: the name of a folder in the cache.
        key: hash of all that they depend on.
        text: what JSON can hold; floats come back with every bit.
        arrays: name -> array of numbers, truth values or text.
    """
    folder = cache_folder() / kind
    with contextlib.suppress(OSError):
        files.write_bytes(folder / key, packed(kind, key, text, arrays))
        _prune(folder)


def packed(kind: str, key: str, text: Any, arrays: Arrays | None = None) -> bytes:
    """Return findings as the content of a file."""
    buffer = io.BytesIO()
    plain = np.frombuffer(json.dumps(text).encode(), dtype=np.uint8)
    together = {_TEXT: plain, **{f"array {name}": array for name, array in (arrays or {}).items()}}
    np.savez(buffer, **together)  # type: ignore[arg-type]
    payload = buffer.getvalue()
    return _header(kind, key, payload) + b"\n" + payload


def load(kind: str, key: str) -> tuple[Any, dict[str, NDArray[Any]]] | None:
    """Return the text and the arrays of findings; None if they are absent or damaged, and must be found out again."""
    try:
        return unpacked(kind, key, (cache_folder() / kind / key).read_bytes())
    except OSError:
        return None


def unpacked(kind: str, key: str, content: bytes) -> tuple[Any, dict[str, NDArray[Any]]] | None:
    """Return the text and the arrays of what was `packed`; None if it is damaged."""
    try:
        header, _, payload = content.partition(b"\n")
        if header != _header(kind, key, payload):
            return None
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            arrays = {name.removeprefix("array "): archive[name] for name in archive.files if name != _TEXT}
            return json.loads(archive[_TEXT].tobytes()), arrays
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _header(kind: str, key: str, payload: bytes) -> bytes:
    return f"{kind} {key} {hashlib.sha256(payload).hexdigest()}".encode()


def _prune(folder: Path) -> None:
    """Remove all but the files last written; another process may be doing the same."""
    kept = sorted(folder.glob("[0-9a-f]*"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in kept[_MOST:]:
        old.unlink(missing_ok=True)
