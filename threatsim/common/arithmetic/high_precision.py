"""Numbers of 30 digits, computed in integers by mpmath: the same on every processor, and rounded once at the end.

For scalars whose function has no short form in plain arithmetic; arrays go through `portable`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

DIGITS = 30


@lru_cache(maxsize=1)
def context() -> Any:
    """Return mpmath, imported when first needed, with a precision that no other user of the library changes."""
    from mpmath import MPContext

    own = MPContext()
    own.dps = DIGITS
    return own
