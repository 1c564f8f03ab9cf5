"""The page of a run: one HTML file with everything in it, readable for years without a network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from threatsim.experiment.record import RunRecord
from threatsim.report import limits, pattern_words, words
from threatsim.report.answer import answer
from threatsim.report.charts import figures_of
from threatsim.report.gallery import GalleryItem, panels
from threatsim.report.parameters import by_kind, kind_counts
from threatsim.report.suppression import bills_falsely
from threatsim.report.tables import attacked_by
from threatsim.scenario.metrics import ARM_METRICS, TACTIC_METRICS

_FIRST: Final = ("payer_loss", "fraud_payoff", "detection_rate", "weeks_to_detection", "false_accusations")


def write_page(record: RunRecord, path: Path, gallery: list[GalleryItem]) -> None:
    """Write the report of a run as one self-contained HTML file.

    Args:
        record: the run.
        path: the file to write; its folder exists.
        gallery: attacked cases to show; none leaves the section out.
    """
    path.write_text(page(record, gallery), encoding="utf-8", newline="\n")


def page(record: RunRecord, gallery: list[GalleryItem]) -> str:
    """The report as HTML text. All text of the scenario is escaped; only the drawings are inserted as they are."""
    environment = Environment(
        loader=PackageLoader("threatsim.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    script = _template(environment, "report.js")
    return environment.get_template("report.html.j2").render(
        record=record,
        scenario=record.scenario,
        answer=answer(record),
        simulated=limits.simulated(record),
        images=limits.images(record),
        limits=limits.limits(record),
        number_kinds=kind_counts(record),
        arm_metrics={name: ARM_METRICS[name] for name in _ordered(record)},
        tactic_metrics=TACTIC_METRICS,
        accounts=list(dict.fromkeys(name for arm in record.arms for name in arm.accounts)),
        attacked_by=attacked_by(record.classifiers),
        figures=_figures(record),
        gallery=[(item, panels(item)) for item in gallery],
        parameters=by_kind(record.scenario),
        patterns=[
            (
                check,
                pattern_words.verdict(check),
                pattern_words.found_in_words(check),
                pattern_words.expected_in_words(check),
            )
            for check in (record.patterns if bills_falsely(record) else ())
        ],
        patterns_summary=pattern_words.summary(record.patterns),
        style=_template(environment, "report.css"),
        script=script,
        # Only this script may run and nothing may be fetched, whatever a scenario's text tries.
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _ordered(record: RunRecord) -> list[str]:
    """The figures of an arm: those of the summary first, then the rest."""
    known = [name for name in ARM_METRICS if name in record.arms[0].outcomes]
    return [name for name in (*_FIRST, *(n for n in known if n not in _FIRST)) if name in known]


def _figures(record: RunRecord) -> dict[str, dict[str, str]]:
    """Caption and drawings, wide and narrow, of every chart that the record has data for."""
    return {
        figure.key: {
            "title": figure.title,
            "note": figure.note,
            "wide": Markup(figure.draw(record, narrow=False)),
            "narrow": Markup(figure.draw(record, narrow=True)),
        }
        for figure in figures_of(record)
    }


def _template(environment: Environment, name: str) -> Markup:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    return Markup(source)
