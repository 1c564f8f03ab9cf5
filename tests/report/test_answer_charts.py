"""The charts of answers: what is better and what is worse, how much is drawn, and the pages in headless Chromium."""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report import answers
from threatsim.questions.sensitivity.findings import Answer, Effect
from threatsim.report.charts.chart import Drawn
from threatsim.report.questions import (
    break_even_parts,
    optimise_parts,
    optimise_words,
    sensitivity_parts,
    sensitivity_words,
    sweep_parts,
    sweep_words,
)
from threatsim.report.questions.answer_page import answer_page
from threatsim.report.questions.charts.answer_chart import evenly
from threatsim.report.questions.charts.map_charts import strengths_of
from threatsim.report.questions.charts.sensitivity_charts import effects_chart
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.path_words import each_in_short, place_of
from threatsim.statistics.estimate import Estimate

RATES = (0.01, 0.1, 1.0)


def charts_of(parts: list[AnswerPart]) -> dict[str, Drawn]:
    return {chart.key: chart for part in parts for chart in part.charts}


def rows_of(chart: Drawn) -> list[dict[str, Any]]:
    return chart.data[1]


def test_a_cell_is_better_or_worse_by_the_direction_that_is_good() -> None:
    cells = {0: answers.about(10), 1: answers.about(20), 2: answers.about(30)}
    assert strengths_of(cells, "lower", False) == {0: ("better", 1.0), 1: ("neither", 0.0), 2: ("worse", 1.0)}
    assert strengths_of(cells, "higher", False) == {0: ("worse", 1.0), 1: ("neither", 0.0), 2: ("better", 1.0)}
    assert strengths_of(cells, "lower", True)[0] == ("worse", pytest.approx(1 / 3))
    assert strengths_of(cells, "neither", False)[2] == ("neither", 1.0)
    assert strengths_of({0: answers.about(4), 1: None}, "lower", False) == {0: ("neither", 0.0)}


def test_a_place_in_a_range_is_by_steps_that_are_equal_there() -> None:
    assert place_of(0.01, (0.001, 0.1), logarithmic=True) == pytest.approx(0.5)
    assert place_of(0.0505, (0.001, 0.1), logarithmic=False) == pytest.approx(0.5)
    assert [place_of(word, ("pend", "deny", "pay"), logarithmic=False) for word in ("pend", "deny", "pay")] == [
        0,
        0.5,
        1,
    ]
    assert each_in_short([0.10001, 0.10002]) == ["0.10001", "0.10002"]


@pytest.mark.parametrize(("count", "most"), [(3, 5), (7, 4), (1000, 120), (121, 120)])
def test_what_is_thinned_out_keeps_its_ends(count: int, most: int) -> None:
    kept = evenly(count, most)
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert len(kept) == min(count, most)
    gaps = {b - a for a, b in itertools.pairwise(kept)}
    assert max(gaps) - min(gaps) <= 1


def test_a_sweep_of_one_path_has_a_curve_an_arm_and_figure() -> None:
    drawn = charts_of(sweep_parts.parts(answers.line(RATES)))
    assert list(drawn) == ["curve-payer_loss", "curve-honest_denied"]
    rows = rows_of(drawn["curve-honest_denied"])
    assert [row["value"] for row in rows if row["arm"] == "As it is"] == [0.0, 1.0, 2.0]  # %, of shares
    assert rows[1]["tooltip"].endswith("the share of true claims denied 1.00% (0 to 2.00%)")


def test_large_designs_are_thinned_out_and_say_so() -> None:
    many = [0.001 * (place + 1) for place in range(300)]
    curve = charts_of(sweep_parts.parts(answers.line(many)))["curve-payer_loss"]
    assert set(Counter(row["arm"] for row in rows_of(curve)).values()) == {120}
    assert "120 of 300 points are drawn" in curve.note
    cells = charts_of(sweep_parts.parts(answers.grid(many[:42], many[:41])))["map"]
    assert len({(row["x"], row["y"]) for row in rows_of(cells)}) == 40 * 40
    assert len(rows_of(cells)) <= 6000
    assert "40 by 40 values are drawn" in cells.note
    points = [{"a.rate": rate, "b.fine": rate, "c.lag": rate} for rate in many]
    lines = charts_of(sweep_parts.parts(answers.sweep_of(dict.fromkeys(points[0], many), points, "sobol")))["parallel"]
    assert max(row["line"] for row in rows_of(lines)) < 200
    assert "200 of 300 points are drawn" in lines.note
    trials = charts_of(optimise_parts.parts(answers.search(2, 450)))
    assert "400 of 450 trials are drawn" in trials["front"].note
    assert {row["kind"] for row in rows_of(trials["trials"])} >= {"not beaten"}


def test_of_many_levers_each_has_a_row_and_a_name_of_its_own() -> None:
    found = answers.search(2).findings
    paths = ("payers.one.audit.random", "payers.two.audit.random", "payers.*.audit.window", "a.rate")
    levers = tuple(found.levers[0].model_copy(update={"path": path}) for path in paths)

    def moved(told: Any) -> Any:
        return told.model_copy(update={"values": dict.fromkeys(paths, told.values["a.rate"])})

    changes = {"levers": levers, "front": tuple(map(moved, found.front)), "trials": tuple(map(moved, found.trials))}
    record = answers.search(2).model_copy(update={"findings": found.model_copy(update=changes)})
    best, stand, _ = parts = optimise_parts.parts(record)
    assert [row[0] for row in best.rows] == ["as it is", "choice 1", "choice 2"]
    assert stand.rows[0] == ("payers.one.audit.random", "0.0100 to 1.00, in logs", "0.120", "0.0100")
    axes = {row["axis"] for row in rows_of(charts_of(parts)["trials"])}
    assert axes >= {"one.audit.random", "two.audit.random", "audit.window", "a.rate"}
    assert optimise_words.sentences(record)[1].startswith("At the one end choice 1: ")


def test_a_map_can_be_asked_for_each_figure_and_arm() -> None:
    cells = charts_of(sweep_parts.parts(answers.grid(RATES, (1.0, 2.0))))["map"]
    figures, views = (choice.options for choice in cells.choices)
    assert figures == ("Payer loss, USD per year", "The share of true claims denied, %")
    assert len(views) == 3
    shown = Counter((row["figure"], row["view"]) for row in rows_of(cells))
    assert shown == {(figure, view): 6 for figure in figures for view in views}
    best = max((row for row in rows_of(cells) if row["view"] == "As it is"), key=lambda row: row["strength"])
    assert best["side"] == "better than the middle"  # the least loss is that of the first point


def test_names_of_effects_do_not_lie_over_each_other() -> None:
    def effect(number: str, absolute: float, spread: float) -> Effect:
        known = Estimate(value=absolute, low=absolute, high=absolute, n=9)
        answer = Answer(figure="payer_loss", arm="baseline", difference=False)
        return Effect(
            number=number, answer=answer, mean=known, absolute=known, spread=spread, chance=0.0, beyond_chance=known
        )

    effects = [
        effect("far.off", 100, 90),
        effect("one.of.two", 20, 10),
        effect("over.it", 21, 10),
        effect("below", 20, 1),
    ]
    (chart,) = effects_chart(effects, effects[0].answer, "effects")
    *_, named = chart.tables.rows.values()
    assert [row["number"] for row in named] == ["far.off", "one.of.two", "below"]
    assert {row["number"] for row in chart.data[1]} == {one.number for one in effects}


def test_the_sides_of_a_crossing_and_of_a_tornado_are_good_and_bad() -> None:
    curve = rows_of(charts_of(break_even_parts.parts(answers.break_even()))["crossing"])
    assert [row["side"].split(" ")[0] for row in curve] == ["worse", "worse", "not", "better", "better"]
    swings = rows_of(charts_of(sensitivity_parts.parts(answers.sensitivity()))["tornado-0"])
    assert [(row["end"], row["effect"]) for row in swings[:2]] == [("5%", "better"), ("95%", "worse")]
    assert swings[0]["tooltip"].startswith("conduct.reluctance at 1.00 USD, its 5% quantile: −40.0")
    effects = rows_of(charts_of(sensitivity_parts.parts(answers.sensitivity()))["morris-0"])
    assert [row["matters"] for row in effects] == ["told from chance", "not told from chance"]


PAGES = {
    "curves": (lambda: answers.line(RATES), sweep_words.sentences, sweep_parts.parts),
    "map": (lambda: answers.grid(RATES, (1.0, 2.0)), sweep_words.sentences, sweep_parts.parts),
    "parallel": (
        lambda: answers.sweep_of(
            dict.fromkeys(("a.rate", "b.fine", "c.lag"), RATES),
            [{"a.rate": one, "b.fine": one, "c.lag": one} for one in RATES],
            "sobol",
        ),
        sweep_words.sentences,
        sweep_parts.parts,
    ),
    "crossing": (answers.break_even, break_even_parts.sentences, break_even_parts.parts),
    "sensitivity": (
        answers.sensitivity,
        lambda record: [sensitivity_words.sentences(record)[1]],
        sensitivity_parts.parts,
    ),
    "course": (lambda: answers.search(1), optimise_words.sentences, optimise_parts.parts),
    "front": (lambda: answers.search(2), optimise_words.sentences, optimise_parts.parts),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install '.[dev]')")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not found:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium), so the page is not looked at")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def labels(page: Any, chart: str) -> list[str]:
    """What the marks of a live chart say."""
    return list(
        page.eval_on_selector_all(
            f'figure[data-chart="{chart}"] .live [aria-roledescription][aria-label]',
            "marks => marks.map(mark => mark.getAttribute('aria-label'))",
        )
    )


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_from_the_disk_draws_its_charts_without_error_or_network(
    browser: Any, tmp_path: Path, name: str
) -> None:
    make, words, parts_of = PAGES[name]
    record = make()
    parts = parts_of(record)
    path = tmp_path / "page.html"
    path.write_text(answer_page(record.title, words(record), parts), encoding="utf-8")
    page = browser.new_page(viewport={"width": 375, "height": 900}, color_scheme="dark")
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda sent: None if sent.url.startswith(("file:", "data:", "blob:")) else wrong.append(sent.url)
    )
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn='1']", state="attached", timeout=120_000)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.wait_for_function("!document.querySelector('figure.chart:not(.is-live)')", timeout=120_000)
    for key in charts_of(parts):
        box = page.locator(f'figure[data-chart="{key}"] .live svg').bounding_box()
        assert box is not None, key
        assert 200 < box["width"] <= 375, key
        assert len(labels(page, key)) > 2, key
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.evaluate("typeof window.hacked") == "undefined"
    if name == "map":
        before = labels(page, "map")
        page.locator('select[data-field="figure"]').select_option("The share of true claims denied, %")
        page.wait_for_selector("html[data-updated='1']", state="attached")
        after = labels(page, "map")
        assert len(before) == len(after) > 5
        assert any("USD per year" in label for label in before)
        assert not any("USD" in label for label in after)
        assert any("1.00% (" in label for label in after)
    assert wrong == []
    page.close()
