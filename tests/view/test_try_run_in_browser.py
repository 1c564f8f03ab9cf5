"""Try runs what one changed, in a browser: with progress, stopped, gone on with, and saved as a scenario.

Skipped where Chromium is absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.view.conftest import PATIENCE
from tests.view.test_tryout import until
from threatsim.scenario.reading.reader import load_scenario


def test_it_runs_is_stopped_goes_on_and_is_saved(phone: Any, address: str, tmp_path: Path) -> None:
    expect, page = pytest.importorskip("playwright.sync_api").expect, phone
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.goto(address.split("?")[0] + "try?base=own/small.yaml")
    expect(page.locator("#verdict")).to_have_text("Nothing is changed: it would run as it is.", timeout=PATIENCE)
    for path, value in (("weeks", "3"), ("replicates", "24")):
        page.get_by_role("searchbox", name="Find").fill(path)
        page.locator(f"#f-{path}").fill(value)
    expect(page.locator("#verdict")).to_have_text("2 numbers changed; nothing is wrong.", timeout=PATIENCE)

    # It runs with its progress, and what is finished when it is stopped is kept.
    page.locator("#run").click()
    expect(page.locator("#stage")).to_contain_text("weeks", timeout=PATIENCE)
    until(lambda: list((tmp_path / "reports").rglob("*.replicate")))
    page.locator("#stop").click()
    expect(page.locator("#outcome")).to_contain_text("What was finished is kept", timeout=PATIENCE)
    kept = list((tmp_path / "reports").rglob("*.replicate"))
    assert not list((tmp_path / "reports").rglob("record.json"))

    # The same numbers go on from there.
    written_at = {one: one.stat().st_mtime_ns for one in kept}
    page.locator("#run").click()
    expect(page.locator("#stage")).to_contain_text("weeks", timeout=PATIENCE)
    assert all(not one.exists() or one.stat().st_mtime_ns == at for one, at in written_at.items())
    expect(page.locator("#sides table")).to_have_count(1, timeout=PATIENCE)
    # Not the first look's "2 of 24 replicates" any more.
    expect(page.locator("#sides .side > p.faint").last).to_have_text("24 replicates of each arm", timeout=PATIENCE)
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
