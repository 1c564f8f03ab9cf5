"""The plotting library of the page: Vega, Vega-Lite and vega-embed in one packed script, inflated by the browser.

The packed script is a file of the package and not made anew: compressors of two machines give other bytes, and pages
of the same record are the same to the byte. `docs/make/plotting_script.py` makes the file where the library is newer.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

PACKED: Final = "assets/vega.js.gz"


@dataclass(frozen=True)
class PlottingScript:
    """The script that defines `vegaEmbed`, as a page carries it.

    Attributes:
        packed: it under gzip, as Base64: about 0.4 MB for 0.9.
        integrity: hash of the inflated script, as a Content-Security-Policy names it: a browser runs that one alone.
    """

    packed: str
    integrity: str


@cache
def plotting_script() -> PlottingScript:
    """Return the plotting library; it needs no network."""
    packed = files("threatsim.report.page").joinpath(PACKED).read_bytes()
    return PlottingScript(base64.b64encode(packed).decode("ascii"), integrity(gzip.decompress(packed)))


def integrity(script: bytes) -> str:
    """Return the hash of a script as a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode("ascii")
