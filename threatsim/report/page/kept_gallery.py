"""The pictures of a report, read from its page again: nowhere else are they kept.

A page may be of anybody, so of it only texts are taken, and pictures that are written as our own pages write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_PICTURE: Final = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/]+={0,2}")
_MOST: Final = 60
"""Cases of a page; ours have half as many."""
_LONGEST: Final = 600
"""Characters of a text."""


@dataclass
class KeptCase:
    """An attacked case as a page shows it.

    Attributes:
        name: modality and tactic.
        verdict: its heading: name and whether it was approved.
        case: which case, and its truth.
        told: the sentence below the pictures.
        pictures: as captured and as submitted, as `data:` addresses.
    """

    name: str = ""
    verdict: str = ""
    case: str = ""
    told: str = ""
    pictures: list[str] = field(default_factory=list)


def kept_gallery(html: str) -> list[KeptCase]:
    """Return the cases of a report's page that have both pictures; none where it has no gallery."""
    reader = _Reader()
    reader.feed(html)
    return [case for case in reader.cases if len(case.pictures) == 2 and case.name]


class _Reader(HTMLParser):
    """Reads `figure.case`: its heading, its note, its two pictures and the note below them."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[KeptCase] = []
        self._inside = False
        self._place = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "figure":
            self._inside = given.get("class") == "case" and len(self.cases) < _MOST
            if self._inside:
                self.cases.append(KeptCase())
        elif not self._inside:
            return
        elif tag == "img" and _PICTURE.fullmatch(given.get("src", "")):
            self.cases[-1].pictures.append(given["src"])
        elif tag == "div" and given.get("class") == "pair":
            self.cases[-1].name = given.get("data-name", "")[:_LONGEST]
        elif tag == "b":
            self._place = "verdict"
        elif tag == "span" and given.get("class") == "note":
            self._place = "case"
        elif tag == "div" and given.get("class") == "note":
            self._place = "told"

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure":
            self._inside = False
        if tag in ("b", "figcaption", "div", "figure"):
            self._place = ""

    def handle_data(self, data: str) -> None:
        if self._inside and self._place:
            before = getattr(self.cases[-1], self._place)
            setattr(self.cases[-1], self._place, (before + data)[:_LONGEST])
