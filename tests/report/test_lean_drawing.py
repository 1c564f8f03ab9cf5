"""Drawings made smaller look the same."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.page.lean_drawing import lean

HEAD = '<svg role="img" aria-label="A > B" class="marks" width="10.123" viewBox="0 0 10 10">'


def test_the_whole_keeps_its_label_and_marks_lose_theirs() -> None:
    small = lean(HEAD + '<g class="a" role="x"><path aria-label="B > C" d="M1.2345,2"/></g></svg>')
    assert small == HEAD + '<g><path d="M1.2,2"/></g></svg>'


def test_text_stays_as_it_is() -> None:
    words = 'role="x" class="y" 1.23456 opacity="1" &lt;path d="M0,0h0v0h0Z"/&gt;'
    assert words in lean(f'<svg><text x="1.26">{words}</text></svg>')
    assert '<text x="1.3">' in lean(f'<svg><text x="1.26">{words}</text></svg>')


def test_only_what_is_hidden_or_empty_goes() -> None:
    body = '<path d="" display="none"/><path d="M0,0h0v0h0Z"/><path d="M0,0h4v4h-4Z"/><line x2="-0.04"/>'
    assert lean(f"<svg>{body}</svg>") == '<svg><path d="M0,0h4v4h-4Z"/><line x2="0"/></svg>'


def test_one_typeface_is_said_once() -> None:
    assert lean('<svg><text font-family="A">x</text><text font-family="A">y</text></svg>') == (
        '<svg font-family="A"><text>x</text><text>y</text></svg>'
    )
    two = '<svg><text font-family="A">x</text><text font-family="B">y</text></svg>'
    assert lean(two) == two


def test_charts_look_the_same(record: RunRecord) -> None:
    vl_convert, image = pytest.importorskip("vl_convert"), pytest.importorskip("PIL.Image")
    numpy = pytest.importorskip("numpy")
    figure = next(figure for figure in figures_of(record) if figure.key == "differences")
    still = re.sub(r"var\(--[\w-]+\)", "#336699", figure.of(record).still)
    small = lean(still)
    assert len(small) < 0.6 * len(still)
    texts = [[element.text for element in ElementTree.fromstring(one).iter() if element.text] for one in (still, small)]
    assert texts[0] == texts[1]
    before, after = (
        numpy.asarray(image.open(io.BytesIO(vl_convert.svg_to_png(one))).convert("L"), dtype=float)
        for one in (still, small)
    )
    assert before.shape == after.shape
    assert numpy.abs(before - after).mean() < 0.5  # of 255 grey levels
