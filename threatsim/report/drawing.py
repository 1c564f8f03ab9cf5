"""From an Altair chart to an SVG of the page: its colours follow light and dark, its marks say what they are.

The charts are drawn once, by vl-convert, and not in the reader's browser: the page needs no plotting library, prints as
it looks, and works where scripts are blocked. Each mark's `description` becomes its aria-label, which screen readers
read and the page's tooltip shows.
"""

from __future__ import annotations

import re
from typing import Any, Final

import altair as alt
import vl_convert

FONT: Final = "Arial, Helvetica, 'Liberation Sans', sans-serif"
# Stand-ins that no other colour of a chart has; the page's style sheet says what they are in light and in dark.
INK: Final = "#010101"
FAINT: Final = "#020202"
GRID: Final = "#030303"
ARM_COLOURS: Final = tuple(f"#0a0a{i:02x}" for i in range(1, 9))
TACTIC_COLOURS: Final = tuple(f"#0b0b{i:02x}" for i in range(1, 9))
_VARIABLES: Final = {
    INK: "--ink",
    FAINT: "--faint",
    GRID: "--grid",
    **{colour: f"--arm-{i}" for i, colour in enumerate(ARM_COLOURS, 1)},
    **{colour: f"--tactic-{i}" for i, colour in enumerate(TACTIC_COLOURS, 1)},
}


def cycled(colours: tuple[str, ...], n: int) -> list[str]:
    """`n` colours, from the start again after the last."""
    return [colours[i % len(colours)] for i in range(n)]


def themed(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The Vega-Lite specification of a chart with the one look that all charts share."""
    axis = {
        "labelColor": INK,
        "titleColor": FAINT,
        "titleFontWeight": "normal",
        "titleFontSize": 12,
        "labelFontSize": 12,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
        "labelLimit": 220,
    }
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec["background"] = "transparent"
    spec["config"] = {
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"grid": False},
        "header": {"labelColor": INK, "titleColor": FAINT, "labelFontSize": 13, "labelFontWeight": "bold"},
        "title": {"color": INK, "fontSize": 13, "anchor": "start", "subtitleColor": FAINT},
        "legend": {
            "labelColor": INK,
            "titleColor": FAINT,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 260,
            "symbolStrokeWidth": 2.5,
            "symbolSize": 120,
        },
    }
    return spec


def svg(chart: alt.TopLevelMixin, tables: dict[str, list[dict[str, Any]]], key: str) -> str:
    """The chart over its tables as inline SVG; `key` keeps its inner ids apart from those of the page's others."""
    drawn: str = vl_convert.vegalite_to_svg({**themed(chart), "datasets": tables})
    # The renderer numbers ids through its whole life; counted anew, the same record gives the same bytes.
    ids = {found: f"{key}-{i}" for i, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn)))}
    drawn = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{ids[m[1]]}"', drawn)
    drawn = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{ids.get(m[1], m[1])})", drawn)
    for colour, variable in _VARIABLES.items():
        drawn = drawn.replace(f'"{colour}"', f'"var({variable})"')
    # Only the marks carry an aria-label worth reading; the drawing as a whole is named by its caption.
    return drawn.replace("<svg ", '<svg role="img" focusable="false" ', 1)
