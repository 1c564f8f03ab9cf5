"""Try, as a person does it: a number is changed, a mistake is told, it runs, is stopped, goes on, and is saved.

Skipped where Chromium is absent.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.experiment.small_world import scenario_data
from tests.view.test_tryout import AUDIT, until, written
from threatsim.scenario.reading.reader import load_scenario
from threatsim.view.serving import serve

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install '.[dev]')")
PATIENCE = 120_000


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The viewer's address, with one very small scenario of the user's own."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    for name in ("reports", "own"):
        (tmp_path / name).mkdir()
    small = scenario_data() | {"cases": {"per_modality": 40}}
    small["tactics"]["pgd_white_box"]["steps"] = 1
    written(small, tmp_path / "own" / "small.yaml")
    known: list[str] = []
    there = threading.Event()

    def ready(where: str) -> None:
        known.append(where)
        there.set()

    arguments = {"port": 0, "scenarios": tmp_path / "own", "ready": ready}
    threading.Thread(target=serve, args=([tmp_path / "reports"],), kwargs=arguments, daemon=True).start()
    assert there.wait(30)
    return known[0]


@pytest.fixture
def page() -> Iterator[Any]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not found:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(viewport={"width": 375, "height": 800})
        browser.close()


def test_a_number_is_changed_run_stopped_gone_on_with_and_saved(page: Any, address: str, tmp_path: Path) -> None:
    expect = sync_api.expect
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.goto(address.split("?")[0] + "try?base=own/small.yaml")
    verdict, run, audit = page.locator("#verdict"), page.locator("#run"), page.locator(f'[id="f-{AUDIT}"]')
    expect(verdict).to_have_text("Nothing is changed: it would run as it is.", timeout=PATIENCE)

    # A mistake stands at its field and above all of them, and nothing runs.
    page.get_by_role("searchbox", name="Find").fill("audit random")
    audit.fill("2")
    expect(verdict).to_contain_text("a mistake stands in the way", timeout=PATIENCE)
    expect(audit).to_have_attribute("aria-invalid", "true")
    expect(run).to_be_disabled()
    page.evaluate(files(pytest.importorskip("axe_playwright_python")).joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(fault["id"], fault["nodes"][0]["failureSummary"]) for fault in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 375

    audit.fill("0.02")
    for path, value in (("weeks", "3"), ("replicates", "24")):
        page.get_by_role("searchbox", name="Find").fill(path)
        page.locator(f"#f-{path}").fill(value)
    expect(verdict).to_have_text("3 numbers changed; nothing is wrong.", timeout=PATIENCE)

    # It runs with its progress, and what is finished when it is stopped is kept.
    run.click()
    expect(page.locator("#stage")).to_contain_text("weeks", timeout=PATIENCE)
    until(lambda: list((tmp_path / "reports").rglob("*.replicate")))
    page.locator("#stop").click()
    expect(page.locator("#outcome")).to_contain_text("What was finished is kept", timeout=PATIENCE)
    kept = list((tmp_path / "reports").rglob("*.replicate"))
    assert not list((tmp_path / "reports").rglob("record.json"))

    # The same numbers go on from there.
    written_at = {one: one.stat().st_mtime_ns for one in kept}
    run.click()
    expect(page.locator("#stage")).to_contain_text("weeks", timeout=PATIENCE)
    assert all(not one.exists() or one.stat().st_mtime_ns == at for one, at in written_at.items())
    expect(page.locator("#sides table")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#sides")).to_contain_text("24 replicates of each arm")
    page.locator("#stop").click()  # the answer is there before the page of the report, which is not waited for
    expect(page.locator("#stop")).to_be_hidden(timeout=PATIENCE)

    page.locator("#save").click()
    page.locator("#saving").get_by_label("Name").fill("mine")
    page.locator("#saving").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("Saved as", timeout=PATIENCE)
    saved = load_scenario(tmp_path / "own" / "mine.yaml").scenario
    assert saved.weeks == 3
    assert "extends: small.yaml" in (tmp_path / "own" / "mine.yaml").read_text(encoding="utf-8")
    assert wrong == []
