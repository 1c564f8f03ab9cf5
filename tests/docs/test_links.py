"""Every link between the pages leads to a file that is there, and every heading that is linked to is a heading."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.shown import ROOT, kept_pages

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(kept_pages()),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]*)\)", page.read_text(encoding="utf-8"))
    dead = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#\s]+\.md)", text)
        trees = re.findall(r"```\{toctree\}\n(.*?)```", text, re.S)
        links += [f"{line}.md" for tree in trees for line in tree.splitlines() if line and not line.startswith(":")]
        found = {(page.parent / link).resolve() for link in links if not link.startswith("http")}
        waiting += {path for path in found if path.exists()} - reached
    assert kept_pages() <= reached
