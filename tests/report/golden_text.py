"""Texts that are compared as they were; UPDATE_GOLDEN=1 writes them anew, where a change is meant."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def same_as(name: str, text: str) -> None:
    """Assert that a text is what its file holds."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"{path}: UPDATE_GOLDEN=1 writes it anew"
