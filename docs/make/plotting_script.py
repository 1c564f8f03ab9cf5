"""Packs the plotting library that pages carry, from the vl-convert that is installed; run where that is a newer one.

.venv/bin/python docs/make/plotting_script.py
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from pathlib import Path

import vl_convert

from threatsim.report.page.browser_runtime import PACKED


def plotting_library() -> bytes:
    """Return the script that defines `vegaEmbed`."""
    packed = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"(function () {{\n{packed}\n}})();".encode()


def main() -> None:
    """Write the packed script into the package."""
    target = Path(str(files("threatsim.report.page").joinpath(PACKED)))
    target.write_bytes(gzip.compress(plotting_library(), 9, mtime=0))
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
