"""From an Altair chart to drawings: for the page, whose light and dark they follow, and as files for a paper.

Every chart is drawn once by vl-convert: what is printed and what is seen where scripts are blocked. `live_spec` is the
same chart for the reader's browser to draw again, with arms to switch on and off. Each mark's `description` becomes its
aria-label, which screen readers read and the page's tooltip shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

import altair as alt
import vl_convert
from markupsafe import escape

from threatsim.report.charts.drawable import check_drawable

C = TypeVar("C", bound=alt.SchemaBase)
FONT: Final = "Arial, Helvetica, 'Liberation Sans', sans-serif"
# Stand-ins that no other colour of a chart has; the page's style sheet says what they are in light and in dark.
INK: Final = "#010101"
FAINT: Final = "#020202"
GRID: Final = "#030303"
GOOD: Final = "#040404"
BAD: Final = "#050505"
ARM_COLOURS: Final = tuple(f"#0a0a{i:02x}" for i in range(1, 9))
TACTIC_COLOURS: Final = tuple(f"#0b0b{i:02x}" for i in range(1, 9))
_VARIABLES: Final = {
    INK: "--ink",
    FAINT: "--faint",
    GRID: "--grid",
    GOOD: "--good",
    BAD: "--bad",
    **{colour: f"--arm-{i}" for i, colour in enumerate(ARM_COLOURS, 1)},
    **{colour: f"--tactic-{i}" for i, colour in enumerate(TACTIC_COLOURS, 1)},
}


def cycled(colours: tuple[str, ...], n: int) -> list[str]:
    """Return `n` colours, from the start again after the last."""
    return [colours[i % len(colours)] for i in range(n)]


def themed(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the Vega-Lite specification of a chart with the one look that all charts share."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return {**spec, "background": "transparent", "config": _look()}


def _look() -> dict[str, Any]:
    """Return the configuration of Vega-Lite that all charts share."""
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
    return {
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


def svg(spec: Mapping[str, Any], tables: dict[str, list[dict[str, Any]]], key: str, label: str = "") -> str:
    """Return a chart over its tables as inline SVG.

    Args:
        spec: the chart's (`themed`), which stays as it is.
        tables: name -> rows.
        key: keeps its inner ids apart from those of the page's other drawings.
        label: what the drawing is called; empty where the text beside it says so.

    Raises:
        ThreatsimError: no chart can be drawn here.
    """
    check_drawable()
    drawn: str = vl_convert.vegalite_to_svg({**spec, "datasets": tables})
    # The renderer numbers ids through its whole life; counted anew, the same record gives the same bytes.
    ids = {found: f"{key}-{i}" for i, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn)))}
    drawn = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{ids[m[1]]}"', drawn)
    drawn = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{ids.get(m[1], m[1])})", drawn)
    for colour, variable in _VARIABLES.items():
        drawn = drawn.replace(f'"{colour}"', f'"var({variable})"')
    # Only the marks carry an aria-label worth reading; the drawing as a whole is named by its caption.
    named = f'aria-label="{escape(label)}" ' if label else ""
    return drawn.replace("<svg ", f'<svg role="img" {named}focusable="false" ', 1)


def live_spec(spec: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return a chart for the reader's browser: its rows apart, its colours those of the page, its legends beside it.

    Args:
        spec: that of a chart whose rows have names (`themed`); it stays as it is.
        label: what the drawing is called.
    """
    bare: dict[str, Any] = _without_legends(dict(spec))
    bare["description"] = label
    return dict(_with_variables(bare))


def standalone(drawn: str) -> tuple[bytes, bytes]:
    """Return an inline SVG as SVG and PNG files of their own, on white and in the page's light colours."""
    for name, colour in _light_colours().items():
        drawn = drawn.replace(f"var({name})", colour)
    drawn = drawn.replace('fill="transparent"', 'fill="#ffffff"', 1)
    width, height = (re.search(rf'\b{side}="([\d.]+)"', drawn) for side in ("width", "height"))
    assert width is not None
    assert height is not None
    back = f'<rect width="{width[1]}" height="{height[1]}" fill="#ffffff"/>'
    drawn = re.sub(r"(<svg [^>]*>)", lambda found: found[1] + back, drawn, count=1)
    png: bytes = vl_convert.svg_to_png(drawn, scale=2)
    return drawn.encode(), png


def on_white(chart: C, tables: dict[str, list[dict[str, Any]]]) -> C:
    """Return a chart that stands alone: its rows within, in the page's light colours, on white.

    Args:
        chart: the chart, which stays as it is.
        tables: name -> rows.
    """
    light = _light_colours()
    shown = {colour: light[name] for colour, name in _VARIABLES.items()}
    alone: C = _coloured(chart, shown)
    alone["background"], alone["config"], alone["datasets"] = "#ffffff", _coloured(_look(), shown), tables
    return alone


def _coloured(part: Any, colours: Mapping[str, str]) -> Any:
    """Return a copy of a chart, or of a part of one, with other colours."""
    if isinstance(part, alt.SchemaBase):
        made = part.copy(deep=False)
        for name, inner in part._kwds.items():
            made[name] = _coloured(inner, colours)
        return made
    if isinstance(part, dict):
        return {key: _coloured(inner, colours) for key, inner in part.items()}
    if isinstance(part, list):
        return [_coloured(inner, colours) for inner in part]
    return colours.get(part, part) if isinstance(part, str) else part


@cache
def _light_colours() -> dict[str, str]:
    """Return variable of the page's style sheet -> its colour in light."""
    style = files("threatsim.report.page").joinpath("templates/report.css").read_text(encoding="utf-8")
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", style[: style.index("}")]))


def variable(colour: str) -> str:
    """Return a colour of a chart as the page's style sheet has it: `var(--arm-1)`."""
    return f"var({_VARIABLES[colour]})"


def _without_legends(node: Any) -> Any:
    if isinstance(node, dict):
        bare = {key: _without_legends(part) for key, part in node.items() if key != "legend"}
        # A channel without a legend says so; a scale is what tells channels that could have one.
        return bare | {"legend": None} if "scale" in node and "field" in node and "axis" not in node else bare
    return [_without_legends(part) for part in node] if isinstance(node, list) else node


def _with_variables(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _with_variables(part) for key, part in node.items()}
    if isinstance(node, list):
        return [_with_variables(part) for part in node]
    return variable(node) if isinstance(node, str) and node in _VARIABLES else node
