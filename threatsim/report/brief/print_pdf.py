"""A page as PDF, printed by a Chromium of this machine; there may be none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_TIME: Final = 60.0


def chromium() -> str | None:
    """Return the program of a browser that prints to PDF; None if there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def print_pdf(html: str, path: Path, browser: str) -> None:
    """Print a page without scripts to a PDF.

    Args:
        html: the page.
        path: the file to write.
        browser: the program, as `chromium` finds it.

    Raises:
        ThreatsimError: the browser does not print it, or the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="threatsim-brief-") as folder:
        page, printed = Path(folder, "brief.html"), Path(folder, "brief.pdf")
        page.write_text(html, encoding="utf-8", newline="\n")
        command = [
            *(browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"),
            # As root Chromium does not start otherwise; the page holds no script and fetches nothing.
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            *(f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.as_uri()),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=_TIME, check=True)
            data = printed.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            hint = "Write HTML with --out FILE.html, and print that."
            raise ThreatsimError(f"{browser} did not print the page ({error})", hint=hint) from None
    try:
        write_bytes(path, data)
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(path)) from None
