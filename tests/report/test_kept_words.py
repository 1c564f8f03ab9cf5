"""What every form of the report says of outcomes that were kept of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from threatsim.experiment.record.record import ClassifierFigures, KeptOutcomes, RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.page.markdown import write_markdown
from threatsim.report.page.page import Contents, write_page
from threatsim.report.terminal.summary import print_summary
from threatsim.report.words.kept_words import attacked_in_run, kept_outcomes
from threatsim.report.words.limits import limits

KEPT = KeptOutcomes(
    table="0123456789abcdef",
    computed="2026-11-29T23:11:49+00:00",
    by="threatsim 0.1.0, torch 2.13.0",
    command="threatsim classifiers outcomes fundoscopy_real --images ARCHIVES",
    live_cases=80,
    live_pixels=64,
)
COUNTED = "The outcomes on photographs, 103 (Fundoscopy), were not computed in this run"
LIVE = "synthetic cases that were attacked in this run (Fundoscopy 80 of 64 pixels)"


def _kept(figures: ClassifierFigures) -> ClassifierFigures:
    changes = {"kept": KEPT, "real": True, "cases": 103, "limits": "Eyes of one clinic and one camera."}
    return figures.model_copy(update=changes) if figures.modality == "fundoscopy" else figures


@pytest.fixture
def on_photographs(record: RunRecord) -> RunRecord:
    return record.model_copy(update={"classifiers": tuple(_kept(one) for one in record.classifiers)})


def test_nothing_is_told_of_a_run_that_computed_its_outcomes(record: RunRecord) -> None:
    assert kept_outcomes(record) == attacked_in_run(record) == ""


def test_limits_say_how_many_when_by_what_and_what_the_card_says(on_photographs: RunRecord) -> None:
    found = limits(on_photographs)
    told = next(limit for limit in found if limit.startswith(COUNTED))
    assert told.endswith("computed on 2026-11-29 by threatsim 0.1.0, torch 2.13.0.")
    assert "Fundoscopy: Eyes of one clinic and one camera." in found
    assert any(LIVE in limit for limit in found)


def test_terminal_page_and_markdown_say_it(
    on_photographs: RunRecord, gallery: Sequence[GalleryItem], tmp_path: Path
) -> None:
    contents = Contents.of(on_photographs, gallery)
    write_page(contents, tmp_path / "report.html")
    write_markdown(contents, tmp_path)
    console = Console(record=True, width=10_000, file=(tmp_path / "screen").open("w"))
    print_summary(on_photographs, console, report_path=tmp_path, in_full=True)
    for text in (console.export_text(), (tmp_path / "report.html").read_text(), (tmp_path / "report.md").read_text()):
        assert COUNTED in text
        assert LIVE in text
