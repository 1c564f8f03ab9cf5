"""The errors of a YAML parser, as somebody who writes them would put it."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from threatsim.common.yaml_text.mistakes import Mistake, Place, lines_of

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
    (
        "expected ',' or",
        "a list in [ ] or a mapping in { } is not closed, or lacks a comma",
        "Text inside it that contains ',' or ': ' needs quotes.",
    ),
    ("found undefined alias", "this alias refers to an anchor that is not defined above it", ""),
    (
        "but found another document",
        "a second document starts here; a file holds one",
        "Remove the '---'.",
    ),
    ("cannot start any token", "no value can start with this character", _QUOTES),
)
_PAIR = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w.*]*): +(?=\S|$)")
"""What a line begins with that has a key and its value."""
_NEARLY_A_PAIR = re.compile(r"(?P<key>[A-Za-z_][\w.*]*)(?:(?P<between>:| *= *| +)(?P<value>[^\s:=]\S*))?")
_SHOWN_WHERE_THEY_START = {"unexpected end of stream", "expected ',' or", "could not find expected ':'"}


def explain_syntax(error: YAMLError, text: str) -> Mistake:
    """Return one problem for what stopped the YAML parser."""
    if not isinstance(error, MarkedYAMLError):
        return _unreadable_character(error, text)
    problem = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if meant := _second_colon(problem, mark, text) or _no_colon(problem, error.context_mark, text):
        return meant
    for phrase, meaning, hint in _MEANINGS:
        if phrase in problem:
            if phrase in _SHOWN_WHERE_THEY_START and error.context_mark is not None:
                mark = error.context_mark
            opened = error.context_mark
            misplaced = phrase == "expected <block end>" and opened is not None and mark is not None
            if misplaced and opened.column != mark.column:
                keys = (
                    f"the section around it, from line {opened.line + 1} on, has its keys in column {opened.column + 1}"
                )
                hint = f"It starts in column {mark.column + 1}; {keys}. {hint}"
            return Mistake(meaning, _place(mark, text), hint)
    return Mistake(f"this is not YAML: {' '.join(problem.split())}", _place(mark, text), _QUOTES)


def _second_colon(problem: str, mark: Any, text: str) -> Mistake | None:
    """Return what a ':' where no value can start is: one inside of text, or what follows from the line above."""
    if "mapping values are not allowed" not in problem or mark is None:
        return None
    lines = [*lines_of(text), ""]
    line = lines[mark.line].rstrip()
    if inside := _PAIR.match(line[: mark.column]):
        value = line[inside.end() :]
        quote = "'" if '"' in value else '"'
        comment = " A ' #' in it starts a comment without them." if " #" in value else ""
        place = Place(mark.line + 1, inside.end() + 1, len(value))
        hint = f"Write it in quotes: {inside['key']}: {quote}{value}{quote}{comment}"
        return Mistake(f"the text of '{inside['key']}' has a ':' in it and no quotes around it", place, hint)
    number = next((n for n in range(mark.line - 1, -1, -1) if lines[n].strip() and lines[n].strip()[0] != "#"), None)
    return None if number is None else _line_above(line, mark, lines[number].rstrip(), number)


def _line_above(line: str, mark: Any, above: str, number: int) -> Mistake | None:
    """Return what is wrong with a line, or with the one above it, so that the ':' of a key stands where none can."""
    indent, start = len(line) - len(line.lstrip()), len(above) - len(above.lstrip())
    nearly = _NEARLY_A_PAIR.fullmatch(above[start:])
    if nearly and ((nearly["between"] or "").strip() or (not nearly["value"] and indent > start)):
        return _lacks_colon(nearly, Place(number + 1, start + 1, len(above) - start))
    if re.match(r"-[A-Za-z_]", above[start:]):
        place = Place(number + 1, start + 1, len(above) - start)
        return Mistake(
            "'-' starts an item of a list, and needs a space after it", place, f"Write - {above[start + 1 :]}"
        )
    former = _PAIR.match(above)
    if former and indent > former.start("key") and above[former.end() :].strip():
        key = line[indent : mark.column].strip()
        return Mistake(
            f"'{key}' stands further right than '{former['key']}' above it, which has its value already",
            Place(mark.line + 1, indent + 1, len(key)),
            f"Start '{key}' in column {former.start('key') + 1} too, if both are of one section.",
        )
    return None


def _no_colon(problem: str, mark: Any, text: str) -> Mistake | None:
    """Return what a line without ': ' would be with it: `weeks:26`, `weeks = 26`, `weeks 26`."""
    if "could not find expected ':'" not in problem or mark is None:
        return None
    written = [*lines_of(text), ""][mark.line].rstrip()[mark.column :]
    found = _NEARLY_A_PAIR.fullmatch(written)
    return _lacks_colon(found, Place(mark.line + 1, mark.column + 1, len(written))) if found else None


def _lacks_colon(found: re.Match[str], place: Place) -> Mistake:
    lacks = "the space after ':'" if found["between"] == ":" else "the ':'"
    text = f"this is not 'key: value': {lacks} is missing"
    return Mistake(text, place, f"Write {found['key']}: {found['value'] or ''}".rstrip())


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
