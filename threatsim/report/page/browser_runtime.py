"""The plotting library of the page: Vega, Vega-Lite and vega-embed as vl-convert packs them, in one script."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from importlib.metadata import version
from typing import Final

import vl_convert

from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign, write_text

_KEPT: Final = "vega_{version}.js"


_HASHES: Final = {"1.9.0.post1": "c8a5d32e1780de4d639033891e85941a193c78943b22cec3ab39cf5d4166c420"}
"""Version of vl-convert -> SHA-256 of the script that it gives. What is kept is believed only against these."""


@cache
def vega_script() -> str:
    """Return the script that defines `vegaEmbed`: about 0.9 MB, needs no network, safe inside a script element.

    Packing it takes some seconds, so it is kept in the cache folder where the hash of this version's is known: what
    somebody else put there would run in every report.
    """
    here = version("vl-convert-python")
    if here not in _HASHES:
        return _pack()
    path = cache_folder() / _KEPT.format(version=here)
    with contextlib.suppress(OSError, InputError, ValueError):
        script = read_foreign(path, "file of figures").decode()
        if hashlib.sha256(script.encode()).hexdigest() == _HASHES[here]:
            return script
    script = _pack()
    with contextlib.suppress(OSError):
        write_text(path, script)
    return script


def _pack() -> str:
    packed: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Of what lies in a script element only these two end or open anything; in a string the backslash says nothing.
    packed = packed.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"(function () {{\n{packed}\n}})();"
