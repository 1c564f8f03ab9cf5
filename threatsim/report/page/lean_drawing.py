"""A drawing made smaller for the page: what is printed looks the same, and what only a script would ask for is gone."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r'<(?P<name>[a-zA-Z][\w:]*)(?P<attributes>(?:\s+[\w:-]+="[^"]*")*)\s*(?P<end>/?)>')
_ATTRIBUTE: Final = re.compile(r'\s+([\w:-]+)="([^"]*)"')
_LONG: Final = re.compile(r"-?\d+\.\d{2,}")
_PLACED: Final = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r"})
"""Attributes that hold coordinates in pixels."""
_SPOKEN: Final = ("aria-", "role", "class", "pointer-events")
"""Attributes of marks that the live chart has for who points at one; the drawing as a whole keeps its label."""
_DEFAULTS: Final = frozenset(
    {
        ("opacity", "1"),
        ("fill-opacity", "1"),
        ("stroke-opacity", "1"),
        ("font-weight", "normal"),
        ("transform", "translate(0,0)"),
    }
)


def lean(svg: str) -> str:
    """Return an SVG drawing with coordinates to a tenth of a pixel and without labels of single marks.

    Args:
        svg: as the chart was drawn; its first tag, with the label of the whole, stays as it is.
    """
    first = _TAG.search(svg)
    if first is None:
        return svg
    head, rest = svg[: first.end() - 1], svg[first.end() :]
    families = set(re.findall(r'\sfont-family="([^"]*)"', rest))
    shared = families.pop() if len(families) == 1 else ""
    hoisted = f' font-family="{shared}"' if shared else ""
    return head + hoisted + ">" + _TAG.sub(lambda tag: _tag(tag, shared), rest)


def _tag(tag: re.Match[str], family: str) -> str:
    kept, hidden = [], False
    for name, value in _ATTRIBUTE.findall(tag["attributes"]):
        if name.startswith(_SPOKEN) or (name, value) in _DEFAULTS or (name == "font-family" and value == family):
            continue
        hidden = hidden or (name, value) == ("display", "none")
        kept.append(f' {name}="{_LONG.sub(_rounded, value) if name in _PLACED else value}"')
    if tag["end"] and (hidden or (tag["name"] == "path" and ' d="M0,0h0v0h0Z"' in kept)):
        return ""  # the empty grounds and foregrounds of groups
    return f"<{tag['name']}{''.join(kept)}{tag['end']}>"


def _rounded(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
