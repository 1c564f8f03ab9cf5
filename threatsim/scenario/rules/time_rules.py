"""What must hold of the lengths of time in a scenario: of beliefs that fade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.scenario.rules.consistency import Clash, number


def time_clashes(data: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield lengths of time that make no sense.

    Args:
        data: a scenario as plain data; parts that are missing or of the wrong type are passed over.
    """
    conduct = data.get("conduct")
    if isinstance(conduct, Mapping) and number(conduct.get("belief_half_life")) == 0:
        text = "with a half-life of 0 weeks nothing would ever be learnt; leave it out for beliefs that never fade"
        yield Clash(("conduct", "belief_half_life"), text)
