"""What pages with live charts have in common: templates, scripts with their hashes, a chart as templates take it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from threatsim.report.charts.chart import Drawn
from threatsim.report.page.browser_runtime import integrity, plotting_script
from threatsim.report.page.lean_drawing import lean
from threatsim.report.words import arm_words, numbers

TABLE: Final = 40
"""Rows of a chart's data that a page still shows as a table."""
_PLAIN: Final = "/:;,. ()+-=_'!*|"
"""What may stand in an address of data as it is, so that a table in it is not three times as long."""


def templates(*, autoescape: bool) -> Environment:
    """Return the templates of reports."""
    environment = Environment(
        loader=PackageLoader("threatsim.report.page", "templates"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["numbers"] = numbers
    environment.globals["arm_words"] = arm_words
    environment.filters["breakable"] = _breakable
    environment.filters["with_code"] = _with_code
    return environment


def _breakable(path: str) -> Markup:
    """Return a dotted path that may break behind its dots and underscores, and is copied without a trace of it."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(path))))


def _with_code(text: str) -> Markup:
    """Return a text of a scenario, escaped, with what it writes between backticks as code."""
    return Markup(re.sub(r"`([^`<>]+)`", r"<code>\1</code>", str(escape(text))))


def dressed(environment: Environment, drawn: Sequence[Drawn], own: Sequence[str] = ()) -> dict[str, Any]:
    """Return style, scripts and data of a page: `style`, `scripts`, `script_hashes`, `charts_json`.

    Only these scripts may run and nothing may be fetched, whatever a scenario's text tries. A page without charts is
    without the library that draws them.

    Args:
        environment: of `templates`.
        drawn: the charts of the page.
        own: scripts beside the templates that this page has for itself.
    """
    scripts = [source(environment, name) for name in ("report.js", "numbers.js", *own)]
    if drawn:
        scripts.append(source(environment, "charts.js"))
    may_run = [integrity(script.encode()) for script in scripts]
    charts: dict[str, Any] = {"figures": {figure.key: figure.live for figure in drawn}}
    if drawn:
        # The browser inflates it and puts it into the page, where it runs because its hash is among these.
        library = plotting_script()
        may_run.append(library.integrity)
        charts["plotting"] = library.packed
    return {
        "style": source(environment, "report.css"),
        "scripts": scripts,
        "script_hashes": Markup(" ".join(f"'{one}'" for one in may_run)),
        "charts_json": script_json(charts),
    }


def source(environment: Environment, name: str) -> Markup:
    """Return a file beside the templates as it is."""
    assert environment.loader is not None
    text, _, _ = environment.loader.get_source(environment, name)
    return Markup(text)


def shown(figure: Drawn, table: int = TABLE) -> dict[str, Any]:
    """Return a chart as the templates take it.

    Args:
        figure: the chart.
        table: the most rows of data that are shown as a table with it.
    """
    columns, rows = figure.data
    return {
        "key": figure.key,
        "title": figure.title,
        "note": figure.note,
        "series": figure.series,
        "section": figure.section,
        "place": figure.place,
        "switches": figure.switches,
        "choices": figure.choices,
        "still": Markup(lean(figure.still)),
        "csv_address": Markup("data:text/csv;charset=utf-8," + quote(figure.csv, safe=_PLAIN)),
        "columns": columns,
        "rows": [[_cell(row.get(name)) for name in columns] for row in rows] if len(rows) <= table else [],
    }


def _cell(value: object) -> dict[str, object]:
    number = isinstance(value, int | float)
    return {"number": number, "text": numbers.number(float(value)) if isinstance(value, float) else value or ""}


def script_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
