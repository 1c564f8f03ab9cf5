"""report.md and the chart files: the page's order, tables that hold, and hostile text that stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from PIL import Image

from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.page.markdown import escaped, markdown, write_markdown
from threatsim.report.page.neighbours import ArmNeighbours
from threatsim.report.page.page import Contents

HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1)) *a* _b_ `c` & \\ # ![i](http://e.example/i.png) 🩺 שלום"


@pytest.fixture(scope="module")
def contents(rich_record: RunRecord, gallery: list[GalleryItem], network: list[ArmNeighbours]) -> Contents:
    return Contents.of(rich_record, gallery, network)


def test_sections_are_those_of_the_page_in_its_order(contents: Contents) -> None:
    heads = [line[3:] for line in markdown(contents).splitlines() if line.startswith("## ")]
    assert [head.split()[0] for head in heads] == (
        ["The", "What", "Where", "Detection,", "Tactics", "Loss", "The", "What", "What", "The", "The", "Limits", "The"]
    )


def test_every_table_has_as_many_cells_in_every_row(contents: Contents) -> None:
    lines = markdown(contents).splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("|---")]
    assert len(heads) > 15
    for i in heads:
        columns = lines[i].count("|")
        rows = [lines[i - 1]]
        for line in lines[i + 1 :]:
            if not line.startswith("|"):
                break
            rows.append(line)
        assert len(rows) > 1
        assert {row.replace("\\|", "").count("|") for row in rows} == {columns}, lines[i - 1]


def test_every_chart_is_linked_and_there(contents: Contents, tmp_path: Path, record: RunRecord) -> None:
    write_markdown(contents, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    keys = [figure.key for figure in figures_of(record)]
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == sorted(
        f"{key}.{kind}" for key in keys for kind in ("csv", "png", "svg")
    )
    for key in keys:
        assert f"](charts/{key}.png)" in text
        with Image.open(tmp_path / "charts" / f"{key}.png") as picture:
            assert min(picture.size) > 200
        drawing = (tmp_path / "charts" / f"{key}.svg").read_text(encoding="utf-8")
        assert drawing.startswith("<svg ")
        assert "var(" not in drawing
    again = tmp_path / "again"
    again.mkdir()
    write_markdown(contents, again)
    for path in tmp_path.glob("charts/*"):
        assert path.read_bytes() == (again / "charts" / path.name).read_bytes(), path.name


def test_hostile_text_is_text(contents: Contents) -> None:
    shown = MarkdownIt("commonmark").render(escaped(HOSTILE))
    assert "<script" not in shown
    assert "<a " not in shown
    assert "<img" not in shown
    assert "<em>" not in shown
    assert "<code>" not in shown
    assert MarkdownIt("commonmark").render(escaped("1. no list")).startswith("<p>")
    record = contents.record
    scenario = {**record.scenario, "title": HOSTILE, "question": HOSTILE, "realism": HOSTILE}
    arms = tuple(arm.model_copy(update={"title": HOSTILE + arm.name}) for arm in record.arms)
    evil = Contents.of(record.model_copy(update={"scenario": scenario, "arms": arms}))
    page = MarkdownIt("commonmark").enable("table").render(markdown(evil))
    assert "<script" not in page
    assert "javascript:" not in page.replace("(javascript:alert(1))", "")
    assert 'src="http' not in page
    assert page.count("<table>") == markdown(evil).count("\n|---")
