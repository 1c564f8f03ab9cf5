"""Draws the flowcharts of the pages on the site, where a forge draws them itself: boxes in layers, and arrows down.

Only what the pages use is read: lines such as `upper --> lower`.
"""

from __future__ import annotations

import re

import networkx as nx
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT, ACROSS, DOWN = 104, 30, 132, 64
"""Of a box, and from the middle of one to the middle of the next, in pixels."""


class Flowchart(SphinxDirective):
    """A block of a page that holds a flowchart."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the drawing as a part of the page."""
        return [nodes.raw("", drawing("\n".join(self.content)), format="html")]


def drawing(text: str) -> str:
    """Return a chart as SVG in the colours of the page."""
    graph = nx.DiGraph(re.findall(r"^\s*(\w+) --> (\w+)\s*$", text, re.M))
    places = _places(graph)
    wide = max(x for x, _ in places.values()) + WIDTH / 2 + 2
    high = max(y for _, y in places.values()) + HEIGHT / 2 + 2
    lines = [
        f'<line x1="{places[upper][0]}" y1="{places[upper][1] + HEIGHT / 2}" x2="{places[lower][0]}" '
        f'y2="{places[lower][1] - HEIGHT / 2 - 3}" stroke="currentColor" marker-end="url(#arrow)"/>'
        for upper, lower in graph.edges
    ]
    boxes = [
        f'<rect x="{x - WIDTH / 2}" y="{y - HEIGHT / 2}" width="{WIDTH}" height="{HEIGHT}" rx="6" '
        f'fill="var(--pst-color-surface)" stroke="currentColor"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" fill="currentColor">{name}</text>'
        for name, (x, y) in places.items()
    ]
    told = "; ".join(f"{upper} above {lower}" for upper, lower in graph.edges)
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {wide} {high}" width="{wide}" '
        'style="display: block; max-width: 100%; margin-bottom: 1.5rem">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>'
        f"{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _places(graph: nx.DiGraph[str]) -> dict[str, tuple[float, float]]:
    """Return the middle of each box: its layer is as far from the top as the longest way to it."""
    layers = list(nx.topological_generations(graph))
    depth = {name: row for row, names in enumerate(layers) for name in names}
    column: dict[str, float] = {}
    for row, names in enumerate(layers):
        # A box stands below those that lead to it, and beside those that it cannot stand below.
        taken: list[float] = []
        for name in names:
            above = [column[upper] for upper in graph.predecessors(name) if depth[upper] < row]
            wanted = sum(above) / len(above) if above else 0.0
            while any(abs(wanted - other) < 1 for other in taken):
                wanted += 1
            column[name] = wanted
            taken.append(wanted)
    left = min(column.values())
    return {
        name: (WIDTH / 2 + 2 + (column[name] - left) * ACROSS, HEIGHT / 2 + 2 + depth[name] * DOWN) for name in graph
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("mermaid", Flowchart)
    return {"parallel_read_safe": True}
