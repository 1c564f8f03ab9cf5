"""The errors of a YAML parser, as somebody who writes them would put it."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from threatsim.common.yaml_text.mistakes import Mistake, Place

_QUOTES = "Text that contains ': ' or ' #', or that starts with one of [ ] { } & * ! | > % @ `, needs quotes."
_INDENT = "Keys of one section start in the same column; what belongs to a key starts two spaces further right."

# What the parser's complaint contains -> what it means, what to try. The first that fits is used.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("found character '\\t'", "a tab stands where YAML allows only spaces", "Indent with spaces."),
    ("mapping values are not allowed", "a ':' stands where no value can start", f"{_QUOTES} {_INDENT}"),
    ("could not find expected ':'", "this is not 'key: value': the ':' is missing", _INDENT),
    ("expected <block end>", "this line does not line up with the section that it is in", _INDENT),
    ("unexpected end of stream", "a quoted text starts here and never ends", "Close the quotes."),
    (
        "found unknown escape character",
        "a backslash in double quotes starts an escape that YAML does not know",
        "",
    ),
    ("expected ',' or", "a list in [ ] or a mapping in { } is not closed, or lacks a comma", ""),
    ("found undefined alias", "this alias refers to an anchor that is not defined above it", ""),
    (
        "but found another document",
        "a second document starts here; a file holds one",
        "Remove the '---'.",
    ),
    ("cannot start any token", "no value can start with this character", _QUOTES),
)
_SHOWN_WHERE_THEY_START = {"unexpected end of stream", "expected ',' or", "could not find expected ':'"}


def explain_syntax(error: YAMLError, text: str) -> Mistake:
    """Return one problem for what stopped the YAML parser."""
    if not isinstance(error, MarkedYAMLError):
        return _unreadable_character(error, text)
    problem = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    for phrase, meaning, hint in _MEANINGS:
        if phrase in problem:
            if phrase in _SHOWN_WHERE_THEY_START and error.context_mark is not None:
                mark = error.context_mark
            return Mistake(f"{meaning}", _place(mark, text), hint)
    return Mistake(f"this is not YAML: {' '.join(problem.split())}", _place(mark, text), _QUOTES)


def _unreadable_character(error: YAMLError, text: str) -> Mistake:
    position = getattr(error, "position", None)
    character = getattr(error, "character", None)
    if not isinstance(position, int) or character is None:
        return Mistake(f"this is not YAML: {' '.join(str(error).split())}")
    code = ord(character) if isinstance(character, str) else int(character)
    before = text[:position]
    place = Place(before.count("\n") + 1, position - before.rfind("\n"))
    return Mistake(f"the character U+{code:04X} is not allowed in YAML", place, "Remove it or type it again.")


def _place(mark: Any, text: str) -> Place | None:
    if mark is None:
        return None
    # The parser stops past the last line when the text ends too early: show the last line that has something.
    if mark.index >= len(text.rstrip()):
        before = text.rstrip()
        return Place(before.count("\n") + 1, max(1, len(before) - before.rfind("\n") - 1))
    return Place(mark.line + 1, mark.column + 1)
