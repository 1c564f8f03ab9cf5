"""A whole YAML file of somebody else's, within bounds, as plain data with places."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml.error import YAMLError

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.yaml_text.document import NO_SCENARIO, Document, compose
from threatsim.common.yaml_text.mistakes import Mistake, SourceFile, TextError
from threatsim.common.yaml_text.syntax import explain_syntax


def decoded(data: bytes, path: Path) -> str:
    """Return bytes as text.

    Raises:
        InputError: they are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise InputError(
            f"byte 0x{data[error.start]:02X} is not UTF-8 text",
            given=str(path),
            hint="Save the file as UTF-8. Is it a text file?",
            location=f"{path}:{line}:{column}",
        ) from None


def composed(
    text: str,
    path: Path,
    file: SourceFile | None = None,
    *,
    what: str = "scenario",
    empty: str = NO_SCENARIO,
    error: type[TextError] = TextError,
) -> Document:
    """Return the document in a text; what is wrong in it beyond syntax stands in its problems.

    Args:
        text: the YAML.
        path: where it was read.
        file, what, empty: as `compose` takes them.
        error: the kind of error to raise.

    Raises:
        TextError: it is not YAML.
    """
    try:
        return compose(text, file, what=what, empty=empty)
    except YAMLError as fault:
        raise error([explain_syntax(fault, text)], path, text) from None
    except RecursionError:
        raise error([Mistake("lists or sections lie too deep in one another")], path, text) from None


def read_document(path: Path, what: str) -> Document:
    """Read a file that holds one mapping, and in which no key stands twice.

    Args:
        path: the file.
        what: its kind, as `threatsim.common.files.BOUNDS` calls it.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it cannot be read, or is too large.
        TextError: it is not YAML, or holds what this program does not read.
    """
    text = decoded(read_foreign(path, what), path)
    document = composed(text, path, what=what, empty=f"a {what} is a mapping of keys to values")
    if document.problems:
        raise TextError(document.problems, path, text)
    return document
