"""The page of one attack: one HTML file with everything in it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from threatsim.outcomes.lab.attack_run import AttackRun
from threatsim.report.lab import attack_words
from threatsim.report.lab.attack_charts import curve_svg, panel_of
from threatsim.report.lab.attack_panel import data_address, shown
from threatsim.report.words import numbers


def attack_page(run: AttackRun) -> str:
    """Return the page as HTML text; only the drawings are inserted as they are."""
    figures, curve = run.figures, run.figures.curve
    drawn = {}
    if curve is not None and curve.points:
        panel = panel_of(curve)
        drawn = {
            "wide": Markup(curve_svg([panel], "curve")),
            "narrow": Markup(curve_svg([panel], "curve", narrow=True)),
        }
    return rendered(
        "attack.html.j2",
        figures=figures,
        title=attack_words.attack_title(figures),
        images=attack_words.images_in_words(figures),
        answer=attack_words.answer_of(figures),
        success=attack_words.success_rows(figures),
        costs=attack_words.cost_rows(figures),
        curve=curve,
        curve_notes=attack_words.curve_notes(figures),
        drawn=drawn,
        cases=[
            (example, case, [data_address(picture, smooth=i != 1) for i, picture in enumerate(case.pictures)])
            for example, case in ((example, shown(example, threshold=figures.threshold)) for example in run.examples)
        ],
    )


def rendered(template: str, **values: Any) -> str:
    """Return a template of this package with the style and the script of all pages."""
    environment = Environment(
        loader=PackageLoader("threatsim.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["numbers"] = numbers
    assert environment.loader is not None
    style, script = (environment.loader.get_source(environment, name)[0] for name in ("report.css", "report.js"))
    return environment.get_template(template).render(
        **values,
        style=Markup(style),
        script=Markup(script),
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
