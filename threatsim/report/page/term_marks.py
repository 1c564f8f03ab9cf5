"""Words of the glossary, marked in a page where each first stands; what one means opens by click or key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from threatsim.catalogue.words.glossary import Term, glossary

_KNOWN_TO_ALL: Final = frozenset({"Access", "Attack", "Case", "Claim", "Law", "Payer", "Modality"})
"""Words that a reader knows, or that stand in every sentence."""
_WHOLE: Final = re.compile(
    r"<(svg|script|style|code|a|button|summary|label|h1|h2|h3|h4|title|legend|nav)\b.*?</\1>"
    r'|<!?/?[a-zA-Z](?:"[^"]*"|[^">])*>',
    re.DOTALL,
)
"""What holds no text to mark: single tags, and these elements whole."""

_OPEN, _NUMBER, _CLOSE = "\ue000", "\ue001", "\ue002"
"""Characters that no page has, around a mark until all are set: the words of one mark are not marked a second time."""
_MARK: Final = re.compile(f"([“(]*){_OPEN}(\\d+){_NUMBER}([^{_CLOSE}]*){_CLOSE}([”).,;:?]*)")
"""A mark with the punctuation that may not be parted from it: a line may else end before and behind any button."""


def with_terms(html: str) -> str:
    """Return a page with the words of the glossary marked, and what they mean before its footer.

    Only text between `<main>` and `</main>` is marked. What opens is the browser's own popover, without a script.
    """
    before, main, rest = html.partition("<main>")
    body, end, after = rest.partition("</main>")
    if not main or not end:
        return html
    marks = _Marks()
    marked = "".join(marks.of(text) if is_text else text for text, is_text in _parts(body))
    return f"{before}{main}{marked}{marks.meanings()}{end}{after}"


def _parts(html: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a page in their order, and of each whether it is text."""
    at = 0
    for tag in _WHOLE.finditer(html):
        yield html[at : tag.start()], True
        yield tag[0], False
        at = tag.end()
    yield html[at:], True


class _Marks:
    def __init__(self) -> None:
        self.left = [(term, _pattern(term)) for term in glossary() if term.names[0] not in _KNOWN_TO_ALL]
        self.marked: list[Term] = []

    def of(self, text: str) -> str:
        """Return a text with every term marked that was not marked before."""
        if not text.strip() or _OPEN in text:
            return text
        for one in list(self.left):
            term, pattern = one
            if found := pattern.search(text):
                self.left.remove(one)
                self.marked.append(term)
                mark = f"{_OPEN}{len(self.marked) - 1}{_NUMBER}{found[0]}{_CLOSE}"
                text = f"{text[: found.start()]}{mark}{text[found.end() :]}"
        return _MARK.sub(lambda mark: _kept(mark[1], _button(self.marked[int(mark[2])], mark[3]), mark[4]), text)

    def meanings(self) -> str:
        """Return what the marked terms mean, each closed until it is asked for."""
        return "".join(
            f'<div popover class="meaning" id="{_id(term)}"><b>{escape(term.names[0])}</b> '
            f"{escape(term.meaning)}</div>\n"
            for term in self.marked
        )


def _pattern(term: Term) -> re.Pattern[str]:
    """Return what a term looks like in a text, outside of what is marked already."""
    words = "|".join(_words(name) for name in sorted(term.names, key=len, reverse=True))
    return re.compile(rf"(?<![\w{_NUMBER}-])(?:{words})(?![\w{_CLOSE}-])(?![^{_OPEN}]*{_CLOSE})")


def _words(name: str) -> str:
    """Return what a name looks like in a sentence: at its start or within, of one or of several."""
    first = f"[{name[0].upper()}{name[0].lower()}]" if not name.isupper() else re.escape(name[0])
    plural = "(?:s|es)?" if not name.isupper() and len(name) > 2 else ""
    return first + re.escape(name[1:]).replace(r"\ ", "[ -]") + plural


def _button(term: Term, text: str) -> str:
    return f'<button type="button" class="term" popovertarget="{_id(term)}">{text}</button>'


def _kept(before: str, button: str, after: str) -> str:
    return f'<span class="keep">{before}{button}{after}</span>' if before or after else button


def _id(term: Term) -> str:
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.names[0].lower()).strip("-")
