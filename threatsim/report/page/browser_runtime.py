"""The plotting library of the page: Vega, Vega-Lite and vega-embed as vl-convert packs them, in one script."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from importlib.metadata import version
from typing import Final

import vl_convert

from threatsim.common.cache import cache_folder
from threatsim.common.files import write_text

_KEPT: Final = "vega_{version}.js"


@cache
def vega_script() -> str:
    """Return the script that defines `vegaEmbed`: about 0.9 MB, needs no network, safe inside a script element.

    Packing it takes some seconds, so it is kept in the cache folder, under the version of vl-convert and behind its own
    checksum.
    """
    path = cache_folder() / _KEPT.format(version=version("vl-convert-python"))
    with contextlib.suppress(OSError, ValueError):
        checksum, _, script = path.read_bytes().decode().partition("\n")
        if checksum == _checksum(script):
            return script
    script = _pack()
    with contextlib.suppress(OSError):
        write_text(path, f"{_checksum(script)}\n{script}")
    return script


def _pack() -> str:
    packed: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Of what lies in a script element only these two end or open anything; in a string the backslash says nothing.
    packed = packed.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"(function () {{\n{packed}\n}})();"


def _checksum(script: str) -> str:
    return "// " + hashlib.sha256(script.encode()).hexdigest()
