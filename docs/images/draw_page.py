"""Draw the picture of the report page that the README shows.

    python docs/images/draw_page.py REPORT

Writes `docs/images/page.png`: the answer and the first chart of `REPORT/report.html`, in headless Chromium.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, TALLEST = 1120, 2000


def main(report: Path) -> None:
    """Open the page, wait for its charts and keep the top of it."""
    target = Path(__file__).with_name("page.png")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto((report / "report.html").resolve().as_uri())
        page.wait_for_selector("html[data-drawn]", state="attached")
        end = page.locator("figure.chart .live svg").first.bounding_box()
        assert end is not None
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(end["y"] + end["height"], TALLEST) + 20}
        page.screenshot(path=target, full_page=True, clip=clip)
        browser.close()
    # A palette of 64 colours is enough for letters and lines, and a third of the bytes; by their number alone the thin
    # coloured lines would share one.
    Image.open(target).convert("RGB").quantize(64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        target, optimize=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
