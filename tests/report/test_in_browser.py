"""The page in headless Chromium: no error, every chart drawn, switches, widths, accessibility, print, hostile text.

Skipped where Chromium is absent; `.ci/run` installs it from Debian's packages where it may.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.record.record import PatternCheck, RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.page.compared_report import ComparedReport
from threatsim.report.page.comparison_page import comparison_page
from threatsim.report.page.markdown import write_markdown
from threatsim.report.page.neighbours import ArmNeighbours
from threatsim.report.page.page import Contents, write_page
from threatsim.statistics.estimate import Estimate

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install '.[dev]')")

HOSTILE = (
    '<script>window.hacked = 1</script>"><img src=x onerror="window.hacked = 1"> \' & </script> 🩺 שלום {{ 7 * 7 }}'
)
WIDTHS = (320, 375, 768, 1440)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not found:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium), so the page is not looked at")
    with sync_api.sync_playwright() as playwright:
        # As root, as in a container, Chromium runs only without its sandbox; what it opens here is our own file.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def written(folder: Path, record: RunRecord, gallery: list[GalleryItem], network: Sequence[ArmNeighbours] = ()) -> Path:
    contents = Contents.of(record, gallery, network)
    write_page(contents, folder / "report.html")
    write_markdown(contents, folder)
    return folder / "report.html"


def with_patterns(record: RunRecord, text: str) -> RunRecord:
    check = PatternCheck(
        key="fines",
        check=text,
        measured=text,
        unit="share",
        low=None,
        high=-0.2,
        found=Estimate(value=-0.4, low=-0.5, high=-0.3, n=8),
        ok=True,
        source=text,
    )
    return record.model_copy(update={"patterns": (check,)})


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory,
    rich_record: RunRecord,
    gallery: list[GalleryItem],
    network: list[ArmNeighbours],
) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return written(folder, with_patterns(rich_record, "Audits with fines deter"), gallery, network)


class Opened:
    """A page with everything that went wrong on it."""

    def __init__(self, browser: Any, path: Path, width: int = 1440, **options: Any) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        self.wrong: list[str] = []
        self.page.on(
            "console", lambda message: self.wrong.append(message.text) if message.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append("a dialog") or dialog.dismiss())
        self.page.on(
            "request",
            lambda sent: None if sent.url.startswith(("file:", "data:", "blob:")) else self.wrong.append(sent.url),
        )
        self.page.goto(path.as_uri())
        if options.get("java_script_enabled", True):
            self.page.wait_for_selector("html[data-drawn='1']", state="attached", timeout=120_000)
            self.open_all()

    def open_all(self) -> None:
        """Open what is folded, and wait for the charts in it."""
        self.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        self.page.wait_for_function("!document.querySelector('figure.chart:not(.is-live)')", timeout=120_000)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def labels(self, chart: str) -> list[str]:
        """What the marks of a live chart say."""
        return list(
            self.page.eval_on_selector_all(
                f'figure[data-chart="{chart}"] .live [aria-roledescription][aria-label]',
                "marks => marks.map(mark => mark.getAttribute('aria-label'))",
            )
        )

    def sideways(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "scheme"), [*((width, "light") for width in WIDTHS), (1440, "dark")])
def test_every_chart_is_drawn_without_error_and_nothing_scrolls_sideways(
    browser: Any, report: Path, record: RunRecord, width: int, scheme: str
) -> None:
    with Opened(browser, report, width, color_scheme=scheme) as opened:
        assert opened.wrong == []
        assert opened.sideways() == 0
        for figure in figures_of(record):
            box = opened.page.locator(f'figure[data-chart="{figure.key}"] .live svg').bounding_box()
            assert box is not None, figure.key
            assert box["width"] > 200, figure.key
            assert box["x"] + box["width"] <= width, figure.key
            assert len(opened.labels(figure.key)) > 2, figure.key
        assert opened.page.locator(".still:visible").count() == 0


def test_charts_are_fitted_anew_when_the_window_changes(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        chart = opened.page.locator('figure[data-chart="differences"] .live svg')
        before = chart.bounding_box()
        opened.page.set_viewport_size({"width": 375, "height": 900})
        opened.page.wait_for_selector("html[data-drawn='2']", state="attached")
        after = chart.bounding_box()
        assert before is not None
        assert after is not None
        assert before["width"] > 900 > 375 > after["width"] > 300
        assert opened.sideways() == 0
        assert opened.wrong == []


def test_arms_are_switched_off_and_on_by_keyboard_in_all_charts(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        page = opened.page
        switch = page.locator('figure[data-chart="exceedance"] .switches').get_by_label("Audits doubled")
        assert any(label.startswith("Audits doubled") for label in opened.labels("exceedance"))
        switch.focus()
        page.keyboard.press("Space")
        page.wait_for_selector("html[data-updated='1']", state="attached")
        for chart in ("exceedance", "detection", "replicates", "differences"):
            labels = opened.labels(chart)
            assert not any(label.startswith("Audits doubled") for label in labels), chart
            assert any(label.startswith("Hash at capture") for label in labels), chart
        assert not page.locator('figure[data-chart="accounts"] .switches').get_by_label("Audits doubled").is_checked()
        button = page.locator('figure[data-chart="detection"] .switches button')
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-updated='2']", state="attached")
        assert switch.is_checked()
        assert button.is_disabled()
        assert any(label.startswith("Audits doubled") for label in opened.labels("exceedance"))
        assert opened.wrong == []


def test_tactics_have_switches_of_their_own(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        page = opened.page
        page.locator('figure[data-chart="tactics"] .switches').get_by_label("Code only").uncheck()
        page.wait_for_selector("html[data-updated='1']", state="attached")
        assert not any("Code only" in label for label in opened.labels("tactics"))
        assert any("PGD, white box" in label for label in opened.labels("tactics"))
        assert any(label.startswith("Audits doubled") for label in opened.labels("detection"))


def test_a_mark_says_what_it_is_when_pointed_at(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        page = opened.page
        mark = page.locator('figure[data-chart="exceedance"] .live path[aria-roledescription="circle"]').first
        mark.scroll_into_view_if_needed()
        # Scrolling puts a tooltip away, and the page hears of it as late as its next frame.
        page.evaluate("new Promise(frame => requestAnimationFrame(() => requestAnimationFrame(frame)))")
        mark.hover(force=True)
        page.wait_for_selector("#tip:not([hidden])")
        assert page.locator("#tip").inner_text() == mark.get_attribute("aria-label")


def test_a_live_chart_says_the_numbers_of_the_still_one(browser: Any, report: Path, record: RunRecord) -> None:
    """The two ways to fill in a template, in Python and in the browser, agree."""
    from threatsim.report.charts.marks import tooltip

    drawn = {figure.key: figure.of(record) for figure in figures_of(record)}
    with Opened(browser, report) as opened:
        for chart in ("detection", "tactics"):
            tables = drawn[chart].tables
            expected = {tooltip(tables.templates[name], row) for name, rows in tables.live.items() for row in rows}
            found = set(opened.labels(chart))
            assert expected <= found, sorted(expected - found)[:5]


def test_the_altered_image_is_uncovered_blinked_and_magnified_by_keyboard(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        page, case = opened.page, opened.page.locator(".case").first
        pair, slider = case.locator(".pair"), case.get_by_role("slider")
        clipped = "getComputedStyle(document.querySelector('.case .after')).clipPath"
        assert "0%" in page.evaluate(clipped)  # nothing of the submitted image is covered
        slider.focus()
        page.keyboard.press("Home")
        assert "100%" in page.evaluate(clipped)
        case.get_by_role("button", name="Blink").press("Enter")
        assert slider.input_value() == "100"
        sync_api.expect(slider).to_have_value("0")
        case.get_by_role("button", name="Blink").press("Enter")
        case.get_by_role("button", name="Change").press("Enter")
        assert pair.locator("canvas").get_attribute("aria-label") == "Image as submitted, its change ten times as large"
        case.get_by_role("button", name="Change").press("Enter")
        assert pair.locator("canvas").count() == 0
        case.get_by_role("button", name="Magnify").press("Enter")
        larger = page.get_by_role("dialog")
        zoom = larger.get_by_label("Magnify")
        wide = "document.querySelector('dialog .view').scrollWidth / document.querySelector('dialog .view').clientWidth"
        assert page.evaluate(wide) == 1
        zoom.press("End")
        assert page.evaluate(wide) == pytest.approx(8, rel=0.01)
        page.keyboard.press("Escape")
        assert not larger.is_visible()
        assert opened.wrong == []


@pytest.mark.parametrize("chart", ["accounts", "exceedance"])
def test_a_chart_gives_its_data_as_csv(browser: Any, report: Path, chart: str) -> None:
    with Opened(browser, report) as opened:
        with opened.page.expect_download() as download:
            opened.page.locator(f'figure[data-chart="{chart}"] a[download]').click()
        assert download.value.suggested_filename == f"{chart}.csv"
        data = Path(download.value.path()).read_bytes()
    assert data == (report.parent / "charts" / f"{chart}.csv").read_bytes()


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (800, "dark")])
def test_a_comparison_is_short_has_no_fault_and_opens_by_keyboard(
    browser: Any, report: Path, rich_record: RunRecord, tmp_path: Path, width: int, scheme: str
) -> None:
    moved = [
        arm.model_copy(update={"replicates": {**arm.replicates, "payer_loss": [(x or 0.0) + 1e6 for x in losses]}})
        for arm in rich_record.arms
        if (losses := arm.replicates["payer_loss"])
    ]
    other = rich_record.model_copy(update={"arms": tuple(moved), "run_id": "b" * 12, "seed": 5})
    compared = [ComparedReport.of(one, report.parent) for one in (rich_record, other)]
    path = tmp_path / "compared.html"
    path.write_text(comparison_page(compare([Side(rich_record), Side(other)]), compared), encoding="utf-8")
    script = files(pytest.importorskip("axe_playwright_python")).joinpath("axe.min.js").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        page.goto(path.as_uri())
        wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert wide <= width
        assert high < 9000
        fold = page.locator("#pictures > details")
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        assert fold.get_attribute("open") is not None
        assert page.locator("#pictures img").evaluate_all("all => all.length > 3 && all.every((x) => x.naturalWidth)")
        page.evaluate(script)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    finally:
        page.close()
    assert [(fault["id"], fault["nodes"][0]["failureSummary"]) for fault in found["violations"]] == []


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1440, "dark")])
def test_axe_finds_no_fault(browser: Any, report: Path, width: int, scheme: str) -> None:
    script = files(pytest.importorskip("axe_playwright_python")).joinpath("axe.min.js").read_text(encoding="utf-8")
    with Opened(browser, report, width, color_scheme=scheme) as opened:
        opened.page.evaluate(script)
        found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = {
        fault["id"]: [fault["nodes"][0]["failureSummary"], *(node["target"] for node in fault["nodes"][:3])]
        for fault in found["violations"]
    }
    assert faults == {}


def test_the_first_stop_of_the_keyboard_skips_to_the_answer(browser: Any, report: Path) -> None:
    with Opened(browser, report) as opened:
        opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the answer"
        assert opened.page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0


def test_printed_charts_are_whole(browser: Any, report: Path, record: RunRecord, tmp_path: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    with Opened(browser, report, color_scheme="dark") as opened:
        opened.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, format="A4")
        # What the print is laid out in: A4 less its margins, at 96 pixels an inch.
        opened.page.emulate_media(media="print")
        opened.page.set_viewport_size({"width": 695, "height": 1000})
        for figure in figures_of(record):
            box = opened.page.locator(f'figure[data-chart="{figure.key}"] .still svg').bounding_box()
            assert box is not None, figure.key
            assert 300 < box["x"] + box["width"] <= 695, figure.key
            assert box["height"] < 1000, figure.key
        assert opened.page.locator(".live:visible, .switches:visible, .tools:visible, nav:visible").count() == 0
    document = pdfium.PdfDocument(tmp_path / "report.pdf")
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    # The caption above a chart and the last words below it stand on one page.
    last = {
        "differences": "percentage points, difference to the baseline",
        "accounts": "Change against the baseline over the run, USD",
        "detection": "Honest providers accused",
        "exceedance": "Payer loss, USD per year",
    }
    for figure in figures_of(record):
        assert any(figure.title in page and last.get(figure.key, "") in page for page in pages), figure.key


def test_without_scripts_the_still_charts_are_shown(browser: Any, report: Path, record: RunRecord) -> None:
    with Opened(browser, report, 375, java_script_enabled=False) as opened:
        closed = opened.page.locator("details:not([open]) > summary:visible")
        while closed.count():
            closed.first.click()
        assert opened.page.locator(".still svg[role=img]:visible").count() == len(figures_of(record))
        assert opened.page.locator(".switches:visible, .live:visible, .tools:visible").count() == 0
        original, altered = (opened.page.locator(".case img").nth(i).bounding_box() for i in (0, 1))
        assert original["x"] + original["width"] < altered["x"]
        assert original["y"] == altered["y"]
        width = opened.page.locator("html").bounding_box()
        assert width is not None
        assert width["width"] == 375


def test_a_browser_that_cannot_unpack_shows_the_still_charts_and_says_why(browser: Any, report: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(report.as_uri())
    page.get_by_text("this browser cannot make them live").wait_for()
    assert page.locator(".still svg[role=img]:visible").count() > 2
    assert page.locator(".switches:visible, .live:visible").count() == 0
    page.close()


def test_a_script_that_is_not_the_library_does_not_run(browser: Any, report: Path, tmp_path: Path) -> None:
    """Whoever changes what is packed in a page gets still charts: the policy names the hash of the library."""
    html = report.read_text(encoding="utf-8")
    packed = re.search(r'"plotting":"([^"]+)"', html)
    assert packed is not None
    evil = gzip.compress(b"window.hacked = 1; window.vegaEmbed = () => {};")
    changed = tmp_path / "changed.html"
    changed.write_text(html.replace(packed[1], base64.b64encode(evil).decode()), encoding="utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())
    page.get_by_text("this browser cannot make them live").wait_for()
    assert page.evaluate("typeof window.hacked") == "undefined"
    page.close()


def test_hostile_text_stays_text(
    browser: Any, record: RunRecord, gallery: list[GalleryItem], network: list[ArmNeighbours], tmp_path: Path
) -> None:
    scenario = {**record.scenario, "title": HOSTILE, "question": HOSTILE, "realism": HOSTILE, "name": HOSTILE}
    scenario["law"] = {HOSTILE: {"value": 1, "unit": HOSTILE, "kind": "measured", "source": HOSTILE, "note": HOSTILE}}
    arms = tuple(
        arm.model_copy(update={"title": f"{arm.name} {HOSTILE}", "changes": {HOSTILE: HOSTILE}}) for arm in record.arms
    )
    classifiers = tuple(
        c.model_copy(update={"finding": HOSTILE, "network": HOSTILE, "images": HOSTILE, "real": True, "audit": HOSTILE})
        for c in record.classifiers
    )
    evil = record.model_copy(update={"scenario": scenario, "arms": arms, "classifiers": classifiers})
    folder = tmp_path / "שלום '&\" 🩺"
    folder.mkdir()
    items = [GalleryItem(**{**vars(item), "title": HOSTILE}) for item in gallery]
    path = written(folder, with_patterns(evil, HOSTILE), items, network)
    with Opened(browser, path, 375) as opened:
        page = opened.page
        page.locator(".switches input").first.uncheck()
        page.locator("figure[data-chart=exceedance] .live path[aria-label]").first.hover(force=True)
        assert opened.wrong == []
        assert page.evaluate("typeof window.hacked") == "undefined"
        assert page.locator("img[src=x]").count() == 0
        assert page.locator("script").count() == 6
        assert HOSTILE in page.locator("h1").inner_text()
        assert opened.sideways() == 0
        assert any(HOSTILE in label for label in opened.labels("exceedance"))
