"""The page: complete, self-contained, and safe whatever a scenario's text is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.charts.marks import ChartData, tooltip
from threatsim.report.charts.weekly_charts import detection
from threatsim.report.page.page import SECTIONS, Contents, write_page
from threatsim.report.page.page import page as page_of
from threatsim.report.words import numbers
from threatsim.report.words.parameter_rows import parameters
from threatsim.statistics.estimate import Estimate

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)> ' & 🩺 שלום {{ 7 * 7 }} id=\"a\" url(#b)"


def page(record: RunRecord, gallery: list[GalleryItem]) -> str:
    return page_of(Contents.of(record, gallery))


def test_attacked_figures_say_whether_they_are_audited(record: RunRecord, gallery: list[GalleryItem]) -> None:
    flagged = [c.model_copy(update={"audit": "audited, flagged: Restarts"}) for c in record.classifiers]
    text = " ".join(page(record.model_copy(update={"classifiers": tuple(flagged)}), gallery).split())
    assert text.count("Attack figures: audited, flagged: Restarts.") == len(record.classifiers)
    assert page(record, gallery).count("Attack figures: not audited.") == len(record.classifiers)


def test_what_controls_flag_is_on_the_page_where_any_is_in_use(record: RunRecord, gallery: list[GalleryItem]) -> None:
    share = Estimate(value=0.123, low=0.1, high=0.15, n=200)
    seen = [
        c.model_copy(
            update={
                "false_alarms": {"Same patient": share},
                "attacks": tuple(
                    attack.model_copy(update={"flagged": {"Same patient": share}}) for attack in c.attacks
                ),
            }
        )
        for c in record.classifiers
    ]
    assert "Flagged by" not in page(record, gallery)
    text = page(record.model_copy(update={"classifiers": tuple(seen)}), gallery)
    assert text.count("Flagged by") == len(seen)
    assert text.count("12.3%") >= sum(1 + len(c.attacks) for c in seen)


class Reader(HTMLParser):
    """Collects elements, attributes and text as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(record: RunRecord, gallery: list[GalleryItem]) -> str:
    return page(record, gallery)


@pytest.fixture(scope="module")
def hostile(record: RunRecord, gallery: list[GalleryItem]) -> Reader:
    scenario = {**record.scenario, "title": HOSTILE, "question": HOSTILE, "realism": HOSTILE}
    scenario["law"] = {HOSTILE: {"value": 1, "unit": HOSTILE, "kind": "measured", "source": HOSTILE, "note": HOSTILE}}
    arms = tuple(
        arm.model_copy(update={"title": f"{arm.name} {HOSTILE}", "changes": {HOSTILE: HOSTILE}}) for arm in record.arms
    )
    classifiers = tuple(
        c.model_copy(update={"finding": HOSTILE, "network": HOSTILE, "images": HOSTILE, "real": True})
        for c in record.classifiers
    )
    items = [GalleryItem(**{**vars(item), "title": HOSTILE, "tactic": HOSTILE}) for item in gallery]
    return Reader(
        page(record.model_copy(update={"scenario": scenario, "arms": arms, "classifiers": classifiers}), items)
    )


def test_nothing_is_loaded_from_outside(html: str) -> None:
    for _, attributes in Reader(html).elements:
        for name in ("src", "href", "xlink:href", "action", "poster", "srcset", "data"):
            assert attributes.get(name, "#").startswith(("#", "data:"))
    assert "@import" not in html
    drawn = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"url\((?!#)", drawn)


def test_only_the_page_s_own_scripts_may_run(html: str) -> None:
    policies = [m["content"] for m in Reader(html).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert re.search(r"script-src( 'sha256-[A-Za-z0-9+/=]{44}'){5}$", policies[0])


def test_well_under_two_megabytes(html: str) -> None:
    assert len(html.encode()) < 1_500_000


def test_every_chart_is_drawn_named_and_offers_its_data(html: str, record: RunRecord) -> None:
    drawn, charts = Reader(html), figures_of(record)
    pictures = [s for s in drawn.all("svg") if s.get("role") == "img"]
    assert len(pictures) == len(charts)
    for figure, picture in zip(charts, pictures, strict=True):
        assert figure.title in html
        assert picture["aria-label"].startswith(figure.title)
    downloads = {a["download"]: a["href"] for a in drawn.all("a") if "download" in a}
    assert set(downloads) == {f"{figure.key}.csv" for figure in charts}


def test_sections_stand_in_their_order(html: str) -> None:
    ids = [s["id"] for s in Reader(html).all("section")]
    not_of_this_run = {"swaps", "network", "uncertain", "patterns", "expectations"}
    assert ids == [key for key in SECTIONS if key not in not_of_this_run]


def test_ids_are_unique_and_references_lead_somewhere(html: str) -> None:
    drawn = re.sub(r"<script(?! type).*?</script>", "", html, flags=re.DOTALL)
    ids = re.findall(r'\bid="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:url\(|href=")#([^")]+)', drawn):
        assert target in ids


def test_no_chart_colour_is_left_without_a_variable(html: str) -> None:
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", html))
    defined = set(re.findall(r"(--[a-z0-9-]+):", html))
    assert used <= defined
    assert not re.search(r'"#0[abc]0[abc]0\d"', html)


def test_every_figure_of_every_arm_is_in_the_page(html: str, record: RunRecord) -> None:
    text = " ".join("".join(Reader(html).text).split())
    for arm in record.arms:
        for name, estimate in arm.outcomes.items():
            unit = ARM_METRICS[name].unit
            assert numbers.interval(estimate, unit) in text
    assert "not reached" in text


def test_marks_say_their_numbers_in_words(record: RunRecord) -> None:
    drawing = next(figure.of(record).still for figure in figures_of(record) if figure.key == "differences")
    labels = [a["aria-label"] for _, a in Reader(drawing).elements if "aria-label" in a]
    change = numbers.change_in_words(record.arms[2].differences["payer_loss"], "USD")
    assert any(label.startswith("Hash at capture: payer loss") and change in label for label in labels)


def test_recall_counts_findings_on_false_claims_only(record: RunRecord) -> None:
    week = {
        "false_claims": [10.0, 10.0],
        "findings": [3.0, 4.0],
        "false_findings": [1.0, 2.0],
        "accused_honest": [0.0, 1.0],
    }
    arm = record.arms[0].model_copy(update={"weekly": week})
    tables = ChartData()
    detection(record.model_copy(update={"arms": (arm,)}), tables, False)
    texts = [tooltip(tables.templates[name], row) for name, rows in tables.live.items() for row in rows]
    assert "Baseline, by week 2: 20.0% of false claims found" in texts  # (3 - 1 + 4 - 2) / 20
    assert "Baseline, by week 2: 1.00 honest providers accused" in texts


def test_hostile_text_is_text(hostile: Reader) -> None:
    assert len(hostile.all("script")) == 5
    assert all(image["src"].startswith("data:image/webp;base64,") for image in hostile.all("img"))
    assert not any(name.startswith("on") for _, attributes in hostile.elements for name in attributes)
    text = "".join(hostile.text)
    assert text.count("<script>alert('x')</script>") > 10
    assert "🩺 שלום" in text
    assert "{{ 7 * 7 }}" in text


def test_a_record_without_comparison_attacks_or_gallery_has_a_page(record: RunRecord) -> None:
    bare = record.model_copy(
        update={
            "arms": record.arms[:1],
            "classifiers": tuple(c.model_copy(update={"attacks": ()}) for c in record.classifiers),
        }
    )
    html = page(bare, [])
    assert "nothing is compared" in html
    assert 'id="gallery"' not in html


def test_written_in_utf_8(record: RunRecord, gallery: list[GalleryItem], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(Contents.of(record, gallery), path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_page_is_the_same_every_time(record: RunRecord, gallery: list[GalleryItem], html: str) -> None:
    assert page(record, gallery) == html


def test_parameters_are_found_wherever_they_stand(record: RunRecord) -> None:
    found = {p.path: p for p in parameters(record.scenario)}
    assert found["modalities.fundoscopy.fee_negative"].value == 35.58
    assert found["payers.commercial.audit.random"].kind == "assumed"
    assert not any(path.startswith("arms") for path in found)
    assert all(p.source for p in found.values() if p.kind != "assumed")
