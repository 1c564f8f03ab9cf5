"""Draw the packages of threatsim from the contracts in pyproject.toml, into docs/explanation/architecture.md.

Run as `python docs/make/architecture_drawing.py` after a contract has changed.
"""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
_BLOCK = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.S)


def layers(settings: dict[str, Any]) -> list[list[list[str]]]:
    """Return the columns from the top, each a list of layers, each the packages that stand side by side in it."""
    contracts = settings["tool"]["importlinter"]["contracts"]
    return [
        [[name.strip().removeprefix("threatsim.") for name in layer.split("|")] for layer in contract["layers"]]
        for contract in contracts
        if contract["type"] == "layers"
    ]


def refused(settings: dict[str, Any]) -> set[tuple[str, str]]:
    """(package, package) of imports that a contract forbids, whatever the layers say."""
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {
        (source.removeprefix("threatsim."), target.removeprefix("threatsim."))
        for contract in contracts
        if contract["type"] == "forbidden"
        for source in contract["source_modules"]
        for target in contract["forbidden_modules"]
    }


def drawing(settings: dict[str, Any]) -> str:
    """Return a mermaid chart: an arrow from each layer to the one below it, drawn once where two columns share it."""
    arrows: dict[str, None] = {}
    forbidden = refused(settings)
    for column in layers(settings):
        for above, below in pairwise(column):
            allowed = [(upper, lower) for upper in above for lower in below if (upper, lower) not in forbidden]
            arrows |= dict.fromkeys(f"  {upper} --> {lower}" for upper, lower in allowed)
    return "flowchart TD\n" + "\n".join(arrows) + "\n"


def drawn(page: str) -> str:
    """Return the page with the drawing of the contracts as they are."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return _BLOCK.sub(lambda _: drawing(settings), page, count=1)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
