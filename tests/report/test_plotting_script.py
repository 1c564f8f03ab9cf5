"""The plotting library in the package is that of vl-convert, to the byte; nobody reads a packed file."""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
from importlib.metadata import version
from pathlib import Path

import pytest

from threatsim.report.page.browser_runtime import plotting_script

PACKED_FROM = "1.9.0.post1"
MAKER = Path(__file__).parents[2] / "docs" / "make" / "plotting_script.py"


def test_the_packed_script_is_what_the_installed_library_gives() -> None:
    if version("vl-convert-python") != PACKED_FROM:
        pytest.skip(f"vl-convert {PACKED_FROM} is not installed, of which the packed script is")
    spec = importlib.util.spec_from_file_location("plotting_script", MAKER)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    library = maker.plotting_library()
    there = plotting_script()
    assert gzip.decompress(base64.b64decode(there.packed)) == library
    assert there.integrity == "sha256-" + base64.b64encode(hashlib.sha256(library).digest()).decode()
