"""Whether charts can be drawn here: the engine that draws them ends the whole process where it lacks address space."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Final

from threatsim.common.errors import ThreatsimError

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

_PROBE: Final = "import vl_convert; vl_convert.vegalite_to_svg({'data': {'values': [{}]}, 'mark': 'point'})"


@functools.cache
def check_drawable() -> None:
    """Refuse to draw where a limit of address space would end the process; tried in another one, once.

    Raises:
        ThreatsimError: no chart can be drawn under this limit.
    """
    if resource is None or resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return
    tried = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, check=False)
    if tried.returncode != 0:
        raise ThreatsimError(
            "no chart can be drawn: the address space of this process is limited, and what draws charts needs more",
            hint="Lift the limit (ulimit -v unlimited), or leave the page out: threatsim run has --no-page.",
        )
