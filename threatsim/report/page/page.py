"""The page of a run: one HTML file with everything in it, readable for years without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS, MetricRow, shown_in
from threatsim.experiment.record.order import recorded_scenario
from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.charts.chart import Drawn
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.charts.weekly_bands import Bands
from threatsim.report.lab import beside_paper
from threatsim.report.page.live_page import dressed, shown, templates
from threatsim.report.page.neighbours import ArmNeighbours, in_words
from threatsim.report.page.panels import in_order, panels, proportion
from threatsim.report.page.ranking import ranked_arms
from threatsim.report.page.term_marks import with_terms
from threatsim.report.words import (
    balance,
    expectation_words,
    limits,
    parties,
    pattern_words,
)
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.asked import unasked
from threatsim.report.words.answer_parts.brief import brief_answer
from threatsim.report.words.answer_parts.overridden import overridden
from threatsim.report.words.answer_parts.suppression import bills_falsely, suppresses
from threatsim.report.words.answer_parts.ways import ways
from threatsim.report.words.arm_lines import arm_lines
from threatsim.report.words.doubt.section import doubt_section
from threatsim.report.words.kept_words import attacked_in_run, kept_outcomes
from threatsim.report.words.parameter_rows import by_kind, kind_counts
from threatsim.report.words.reader_words import reader_sees
from threatsim.report.words.stopping_words import stopped
from threatsim.scenario.sections.quantity import KINDS

SECTIONS: Final = {
    "answer": "Answer",
    "arms": "Arms",
    "money": "Money",
    "detection": "Detection",
    "tactics": "Tactics",
    "exceedance": "Exceedance",
    "classifiers": "Classifiers",
    "gallery": "Gallery",
    "swaps": "Codes",
    "network": "Network",
    "uncertain": "Uncertainty",
    "patterns": "Patterns",
    "expectations": "Expectations",
    "parameters": "Numbers",
    "limits": "Limits",
    "run": "Run",
}
"""The sections in their order, each a file in templates/sections, with its name in the navigation."""


@dataclass(frozen=True)
class Contents:
    """What a report says, worked out once for all its files.

    Attributes:
        record: the run.
        gallery: attacked cases to show; none leaves the section out.
        network: who bills falsely beside whom; none leaves the section out.
        drawn: the charts.
    """

    record: RunRecord
    gallery: Sequence[GalleryItem]
    network: Sequence[ArmNeighbours]
    drawn: Sequence[Drawn]

    @classmethod
    def of(
        cls,
        record: RunRecord,
        gallery: Sequence[GalleryItem] = (),
        network: Sequence[ArmNeighbours] = (),
        bands: Bands | None = None,
    ) -> Contents:
        """Return the contents of a run's report; the intervals of weekly series are drawn where they are given."""
        return cls(record, gallery, network, [figure.of(record, bands) for figure in figures_of(record)])

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the templates of the page and of report.md have in common."""
        record = self.record
        return {
            "record": record,
            "scenario": record.scenario,
            "sections": self._sections(),
            "answer": answer(record),
            "brief": brief_answer(record),
            "arm_lines": arm_lines(record),
            "ranked": ranked_arms(record),
            "overridden": overridden(record),
            "simulated": limits.simulated(record),
            "images": limits.images(record),
            "kept": kept_outcomes(record),
            "attacked_in_run": attacked_in_run(record),
            "limits": limits.limits(record),
            "stopped": stopped(record),
            "unasked": unasked(record),
            "number_kinds": kind_counts(record),
            "evidence_kinds": KINDS,
            "arm_metrics": {name: ARM_METRICS[name] for name in _ordered(record)},
            "tactic_metrics": _of_tactics(record),
            "ways": ways(record),
            "balance": (balance.titles(record), balance.lines(record), balance.NOTE),
            "parties": parties.parties(record),
            "total": parties.total,
            "classifier_rows": [(c, beside_paper.rows(record, c)) for c in record.classifiers],
            "paper_note": beside_paper.note(record),
            "proportion": proportion(self.gallery),
            "gallery": [(item, panels(item), reader_sees(record, item.tactic)) for item in in_order(self.gallery)],
            "network": self.network,
            "network_words": in_words(self.network),
            "parameters": by_kind(recorded_scenario(record)),
            "patterns": [
                (
                    check,
                    pattern_words.verdict(check),
                    pattern_words.found_in_words(check),
                    pattern_words.expected_in_words(check),
                )
                for check in (record.patterns if bills_falsely(record) else ())
            ],
            "patterns_summary": pattern_words.summary(record.patterns),
            "patterns_judged": pattern_words.HOW_JUDGED,
            "uncertain": doubt_section(record),
            "expectations": {
                "summary": expectation_words.summary(record.expectations),
                "checks": [(check, expectation_words.found(check)) for check in record.expectations],
            },
        }

    def _sections(self) -> list[tuple[str, str]]:
        shown = {
            "exceedance": any(figure.section == "exceedance" for figure in self.drawn),
            "gallery": bool(self.gallery),
            "swaps": any(c.examples for c in self.record.classifiers),
            "network": bool(self.network),
            "uncertain": doubt_section(self.record) is not None,
            "expectations": bool(self.record.expectations),
            "patterns": bool(self.record.patterns) and bills_falsely(self.record),
        }
        return [(key, title) for key, title in SECTIONS.items() if shown.get(key, True)]


def write_page(contents: Contents, path: Path) -> None:
    """Write the report of a run as one self-contained HTML file.

    Args:
        contents: what it says.
        path: the file to write; its folder exists.
    """
    path.write_text(page(contents), encoding="utf-8", newline="\n")


def page(contents: Contents) -> str:
    """Return the report as HTML text, all text of the scenario escaped; only drawings and scripts are not."""
    environment = templates(autoescape=True)
    html = environment.get_template("report.html.j2").render(
        **contents.values,
        figures={figure.key: shown(figure) for figure in contents.drawn},
        **dressed(environment, contents.drawn, ["gallery.js"] if contents.gallery else []),
    )
    return with_terms(html)


def _ordered(record: RunRecord) -> list[str]:
    """Return the figures of an arm: those that pages begin with first, then the rest."""
    known = [
        name
        for name, metric in ARM_METRICS.items()
        if name in record.arms[0].outcomes and (metric.only_if != "suppresses" or suppresses(record))
    ]
    return list(dict.fromkeys((*shown_in("page", known), *known)))


def _of_tactics(record: RunRecord) -> dict[str, MetricRow]:
    """Return the figures of tactics that are shown; the others are in the data frames."""
    there = {name for tactic in record.arms[0].tactics for name in tactic.outcomes}
    return {name: TACTIC_METRICS[name] for name in shown_in("tactics", there)}
