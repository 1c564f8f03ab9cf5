"""What a user calls a report: a line and some tags, kept in a file beside the report's folder.

A report stays what was written, so its label is in none of its files: whatever shows the report puts it
there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import escape
from pydantic import BaseModel, ConfigDict, Field

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import read_foreign, write_text
from threatsim.report.words import numbers

LABEL_SUFFIX: Final = ".label.json"
"""End of the file's name; before it stands the folder's."""
_LONGEST: Final = 200
_MOST_TAGS: Final = 20


class Label(BaseModel):
    """What a user calls a report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(default="", max_length=_LONGEST, description="A name in a line; empty if there is none.")
    tags: tuple[str, ...] = Field(default=(), max_length=_MOST_TAGS, description="Words to find it by.")

    @property
    def text(self) -> str:
        """Name and tags in a line, safe to be shown; empty if there are none."""
        parts = [self.label, *(f"[{tag}]" for tag in self.tags)]
        return numbers.printable(" ".join(part for part in parts if part))


NO_LABEL: Final = Label()


def checked_label(label: str, tags: Sequence[str]) -> Label:
    """Return a label as it is kept: in a line, each tag once.

    Args:
        label: a name.
        tags: words to find it by.

    Raises:
        InputError: either is too long.
    """
    words = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(label) > _LONGEST or len(words) > _MOST_TAGS or any(len(word) > _LONGEST for word in words):
        text = f"a label has at most {_LONGEST} characters, and a report at most {_MOST_TAGS} tags"
        raise InputError(text, given=label)
    return Label(label=" ".join(label.split()), tags=words)


def label_of(folder: Path) -> Label:
    """Return what a user calls a report; nothing where there is no label that can be read."""
    try:
        return Label.model_validate_json(read_foreign(label_file(folder), "label"))
    except (FileNotFoundError, InputError, ValueError):
        return NO_LABEL


def set_label(folder: Path, label: str, tags: Sequence[str]) -> Label:
    """Keep what a user calls a report.

    Args:
        folder: the report's.
        label: a name in a line; empty takes it away.
        tags: words to find it by.

    Raises:
        InputError: either is too long.
        ThreatsimError: it cannot be kept there.
    """
    found = checked_label(label, tags)
    path = label_file(folder)
    try:
        write_text(path, json.dumps(found.model_dump(), ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(path)) from error
    return found


def label_file(folder: Path) -> Path:
    """Return where the label of a report's folder is kept."""
    return folder.with_name(f"{folder.name}{LABEL_SUFFIX}")


def labelled_page(html: str, label: Label) -> str:
    """Return a report's page with its label above the title; as it is without a label, or where it has no header."""
    before, header, rest = html.partition("<header>\n")
    if not label.text or not header:
        return html
    return f'{before}{header}  <p class="label" dir="auto">{escape(label.text)}</p>\n{rest}'
