"""What must agree between the sections of a scenario, checked on plain data, so in a half-right file too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Clash(NamedTuple):
    """Something that does not agree: the path of the place to mend, and what is wrong there."""

    path: Path
    text: str


class ClashError(ValueError):
    """Raised by a validator for clashes below its own model; `clashes` has their paths from there."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__("; ".join(clash.text for clash in clashes))
        self.clashes = tuple(clashes)


def clashes(data: Mapping[str, Any]) -> list[Clash]:
    """Everything in a scenario that does not agree with another part of it.

    Args:
        data: a scenario as plain mappings, lists, text and numbers; parts that are missing or of the wrong
            type are passed over, the schema reports those.
    """
    return [
        *_unknown_modalities(data),
        *_fees_upside_down(data),
        *_shares_of_payers(data),
        *_more_than_all(data),
        *_shares_that_fall(data),
        *_twice_the_same_name(data),
        *_baseline_that_sets(data),
    ]


def _unknown_modalities(data: Mapping[str, Any]) -> Iterator[Clash]:
    modalities = _mapping(data, "modalities")
    for specialty, group in _mapping(data, "providers").items():
        name = _mapping(group).get("modality")
        if isinstance(name, str) and modalities and name not in modalities:
            yield Clash(
                ("providers", specialty, "modality"),
                f"these providers send '{name}', which modalities does not describe; it has {_listed(modalities)}",
            )


def _fees_upside_down(data: Mapping[str, Any]) -> Iterator[Clash]:
    for name, modality in _mapping(data, "modalities").items():
        without, with_finding = (number(_mapping(modality).get(key)) for key in ("fee_negative", "fee_positive"))
        if without is not None and with_finding is not None and with_finding < without:
            yield Clash(
                ("modalities", name, "fee_positive"),
                f"a claim with the finding pays {with_finding:g} USD, less than one without it "
                f"({without:g} USD): nobody would gain by billing the finding falsely",
            )


def _shares_of_payers(data: Mapping[str, Any]) -> Iterator[Clash]:
    shares = [number(_mapping(payer).get("share")) for payer in _items(data, "payers")]
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares) and abs(sum(known) - 1) > 1e-6:
        yield Clash(("payers", 0, "share"), f"the shares of the payers sum to {sum(known):g}, not to 1")


def _more_than_all(data: Mapping[str, Any]) -> Iterator[Clash]:
    conduct = _mapping(data, "conduct")
    yield from _sum_within_one(conduct, ("conduct",), ("white_box_share", "black_box_share"))
    for index, payer in enumerate(_items(data, "payers")):
        audit = _mapping(_mapping(payer), "audit")
        yield from _sum_within_one(audit, ("payers", index, "audit"), ("random", "targeted"))


def _sum_within_one(section: Mapping[str, Any], path: Path, names: tuple[str, str]) -> Iterator[Clash]:
    first, second = (number(section.get(name)) for name in names)
    if first is not None and second is not None and max(first, second) <= 1 < first + second - 1e-9:
        yield Clash((*path, names[1]), f"{names[0]} and {names[1]} together are {first + second:g}, more than 1")


def _shares_that_fall(data: Mapping[str, Any]) -> Iterator[Clash]:
    shares = [number(share) for share in _items(_mapping(data, "conduct"), "shares")]
    known = [share for share in shares if share is not None]
    if not known or len(known) < len(shares):
        return
    if any(later <= earlier for earlier, later in pairwise(known)):
        yield Clash(("conduct", "shares"), "the shares must rise from each to the next")


def _twice_the_same_name(data: Mapping[str, Any]) -> Iterator[Clash]:
    for section in ("payers", "arms"):
        seen: set[str] = set()
        for index, item in enumerate(_items(data, section)):
            name = _mapping(item).get("name")
            if isinstance(name, str) and name in seen:
                yield Clash((section, index, "name"), f"there is an earlier '{name}' in {section}; names must differ")
            elif isinstance(name, str):
                seen.add(name)


def _baseline_that_sets(data: Mapping[str, Any]) -> Iterator[Clash]:
    arms = _items(data, "arms")
    if arms and _mapping(arms[0]).get("set"):
        yield Clash(("arms", 0, "set"), "the first arm is the baseline and must not set anything")


def _mapping(value: Any, key: str | None = None) -> Mapping[str, Any]:
    """The mapping, or the one under `key`; empty if there is none."""
    inner = value.get(key) if key is not None and isinstance(value, Mapping) else value
    return inner if isinstance(inner, Mapping) else {}


def _items(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = data.get(key)
    return value if isinstance(value, (list, tuple)) else ()


def number(value: Any) -> float | None:
    """The number in a quantity, written bare or in full; None if it is something else."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(str(name) for name in names)
