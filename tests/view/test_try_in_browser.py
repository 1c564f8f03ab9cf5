"""Try's form in a browser: a number is changed, a mistake is told at its field, words are looked for.

Skipped where Chromium is absent.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from tests.view.conftest import PATIENCE
from tests.view.test_tryout import AUDIT


def test_a_number_is_changed_and_a_mistake_is_told_where_it_stands(phone: Any, address: str) -> None:
    expect, page = pytest.importorskip("playwright.sync_api").expect, phone
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.goto(address.split("?")[0] + "try?base=own/small.yaml")
    verdict, run, audit = page.locator("#verdict"), page.locator("#run"), page.locator(f'[id="f-{AUDIT}"]')
    expect(verdict).to_have_text("Nothing is changed: it would run as it is.", timeout=PATIENCE)

    # Sections are as they were once the search is over, and a mistake's is open.
    find, unfolded = page.get_by_role("searchbox", name="Find"), page.locator("#fields details[open]")
    page.locator("#fields details > summary").nth(2).click()
    before = unfolded.evaluate_all("boxes => boxes.map((box) => box.querySelector('summary').textContent)")
    assert len(before) == 2
    find.fill("audit random")
    assert unfolded.count() >= 1

    # A mistake stands at its field and above all of them, and nothing runs.
    audit.fill("2")
    expect(verdict).to_contain_text("a mistake stands in the way", timeout=PATIENCE)
    expect(audit).to_have_attribute("aria-invalid", "true")
    expect(run).to_be_disabled()
    page.evaluate(files(pytest.importorskip("axe_playwright_python")).joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(fault["id"], fault["nodes"][0]["failureSummary"]) for fault in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 375

    find.fill("")
    after = unfolded.evaluate_all("boxes => boxes.map((box) => box.querySelector('summary').textContent)")
    assert set(before) <= set(after)
    assert len(after) <= len(before) + 1
    page.locator("#general a").click()
    expect(audit).to_be_focused()
    audit.fill("0.02")
    expect(verdict).to_have_text("1 number changed; nothing is wrong.", timeout=PATIENCE)
    expect(run).to_be_enabled()
    assert wrong == []
