"""Numbers of a scenario that cannot be uncertain, and why; and doubt where nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.yaml_text.mistakes import KeyPath

# What attacks are made from before the market opens cannot be drawn. Operating points can, where no attack stops at
# them: that depends on the attacks, which are not known here (`threatsim.experiment.doubt.refusals`).
_FIXED: tuple[tuple[str, str], ...] = (
    ("cases", "the pool of images is one for all replicates"),
    ("conduct.shares", "the shares that providers choose from are the same for all"),
    ("tactics.*.epsilon", "the attacks are run once for all replicates"),
    ("tactics.*.step", "the attacks are run once for all replicates"),
    ("tactics.*.scale", "the attacks are run once for all replicates"),
    ("tactics.*.angle", "the attacks are run once for all replicates"),
)


def uncertain_faults(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield what cannot be uncertain but has a distribution, or is drawn without any: where, and why."""
    for pattern, reason in _FIXED:
        for path, section in _matching(data, pattern.split("."), ()):
            for inside in _with_distribution(section, path):
                yield inside, f"it cannot be uncertain: {reason}"
    shares = [
        path
        for at, section in _matching(data, ["payers", "*", "share"], ())
        for path in _with_distribution(section, at)
    ]
    payers = data.get("payers")
    if len(shares) > 1:
        yield shares[1], "the share of another payer is uncertain already, and the others divide the rest"
    elif shares and isinstance(payers, (list, tuple)) and len(payers) == 1:
        yield shares[0], "it cannot be uncertain: the only payer pays all"
    doubt = data.get("doubt")
    if isinstance(doubt, int) and not isinstance(doubt, bool):
        if doubt == 1:
            yield ("doubt",), "one draw shows no doubt; allowed is 0 for none, or at least 2"
        elif doubt > 1 and next(_with_distribution(data, ()), None) is None:
            yield ("doubt",), "nothing to draw: no number of this scenario has a distribution"


def _matching(data: Any, parts: Sequence[str], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not parts:
        yield path, data
        return
    head, *rest = parts
    if head == "*":
        items = (
            data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, (list, tuple)) else ()
        )
        for key, inner in items:
            yield from _matching(inner, rest, (*path, key))
    elif isinstance(data, Mapping) and head in data:
        yield from _matching(data[head], rest, (*path, head))


def _with_distribution(data: Any, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(data, Mapping):
        if any(data.get(name) is not None for name in FAMILIES):
            yield path
            return
        for key, inner in data.items():
            yield from _with_distribution(inner, (*path, key))
    elif isinstance(data, (list, tuple)):
        for index, inner in enumerate(data):
            yield from _with_distribution(inner, (*path, index))
