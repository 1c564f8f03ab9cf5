"""What must agree between the sections of a scenario, checked on plain data, so in a half-right file too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from threatsim.catalogue.controls import SECTION_KEYS
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.catalogue.payment_models import PAYMENT_MODELS
from threatsim.common.suggest import nearest
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.rules.expectation import expectation_faults
from threatsim.scenario.rules.fixed_numbers import uncertain_faults


class Clash(NamedTuple):
    """Something that does not agree: the path of the place to mend, and what is wrong there.

    `at_key` tells that the mistake is in the key there, not in its value.
    """

    path: KeyPath
    text: str
    at_key: bool = False


class ClashError(ValueError):
    """Raised by a validator for clashes below its own model; `clashes` has their paths from there."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__("; ".join(clash.text for clash in clashes))
        self.clashes = tuple(clashes)


def clashes(data: Mapping[str, Any]) -> list[Clash]:
    """Return everything in a scenario that does not agree with another part of it.

    Args:
        data: a scenario as plain mappings, lists, text and numbers; parts that are missing or of the wrong
            type are passed over, the schema reports those.
    """
    return [
        *_unknown_modalities(data),
        *_too_many_claims(data),
        *_ways_of_paying(data),
        *_fees_upside_down(data),
        *_shares_of_payers(data),
        *_payers_of_nothing(data),
        *_more_than_all(data),
        *_shares_that_fall(data),
        *_twice_the_same_name(data),
        *_suppression_without_attack(data),
        *_budgets_that_flag_nothing(data),
        *_audits_of_no_flags(data),
        *_links(data),
        *_baseline_that_sets(data),
        *(Clash(path, text) for path, text in uncertain_faults(data)),
        *_expectations(data),
        *_answer(data),
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


MOST_CLAIMS = 10_000_000
"""A week's claims are held in memory: some five gigabytes at so many."""


def _too_many_claims(data: Mapping[str, Any]) -> Iterator[Clash]:
    total = 0.0
    for specialty, group in _mapping(data, "providers").items():
        count, volume = number(_mapping(group).get("count")), number(_mapping(group).get("weekly_volume"))
        total += (count or 0) * (volume or 0)
        if total > MOST_CLAIMS:
            text = f"the providers send {total:.3g} claims a week; at most {MOST_CLAIMS:,} can be simulated"
            yield Clash(("providers", specialty, "weekly_volume"), text)
            return


def _ways_of_paying(data: Mapping[str, Any]) -> Iterator[Clash]:
    sections = [row.key for row in PAYMENT_MODELS.values() if row.key]
    schedule = PAYMENT_MODELS["fee_schedule"].grows_with
    for name, modality in _mapping(data, "modalities").items():
        given = [key for key in sections if _mapping(modality).get(key) is not None]
        fees = [key for key in schedule if _mapping(modality).get(key) is not None]
        if not isinstance(modality, Mapping):
            continue
        if len(given) > 1 or (given and fees):
            text = f"{' and '.join([*given, *fees])} exclude each other: there is one way of paying"
            yield Clash(("modalities", name, (given + fees)[-1]), text)
        elif not given and len(fees) < 2:
            lacking = " and ".join(key for key in schedule if key not in fees)
            others = " or ".join(f"a {key}" for key in sections)
            yield Clash(("modalities", name), f"it lacks {lacking}, or else {others} to pay by")
        if given and modality.get("billed") == "beside":
            yield Clash(("modalities", name, "billed"), f"a {given[0]} pays for the whole; beside is of fees alone")


def _fees_upside_down(data: Mapping[str, Any]) -> Iterator[Clash]:
    for name, modality in _mapping(data, "modalities").items():
        for row in PAYMENT_MODELS.values():
            if not row.key and _mapping(modality).get("billed") == "beside":
                continue
            low, high = row.grows_with
            inside = (row.key,) if row.key else ()
            section = _mapping(modality, *inside)
            without, with_finding = number(section.get(low)), number(section.get(high))
            if without is not None and with_finding is not None and with_finding < without:
                unit = f" {row.unit}" if row.unit else ""
                yield Clash(
                    ("modalities", name, *inside, high),
                    f"a claim with the finding pays {with_finding:g}{unit}, less than one without it "
                    f"({without:g}{unit}): nobody would gain by billing the finding falsely",
                )


def _shares_of_payers(data: Mapping[str, Any]) -> Iterator[Clash]:
    shares = [number(_mapping(payer).get("share")) for payer in _items(data, "payers")]
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares) and abs(sum(known) - 1) > 1e-6:
        names = [_mapping(payer).get("name", index) for index, payer in enumerate(_items(data, "payers"))]
        each = ", ".join(f"{name} {share:.3g}" for name, share in zip(names, known, strict=True))
        yield Clash(("payers",), f"the shares of the payers sum to {sum(known):.6g}, not to 1: {each}", at_key=True)


def _payers_of_nothing(data: Mapping[str, Any]) -> Iterator[Clash]:
    for index, payer in enumerate(_items(data, "payers")):
        if number(_mapping(payer).get("share_of_allowed")) == 0:
            text = "a payer that bears nothing of what is allowed is none; it must lie above 0, up to 1"
            yield Clash(("payers", index, "share_of_allowed"), text)


def _more_than_all(data: Mapping[str, Any]) -> Iterator[Clash]:
    conduct = _mapping(data, "conduct")
    yield from _sum_within_one(conduct, ("conduct",), ("white_box_share", "black_box_share"))
    for index, payer in enumerate(_items(data, "payers")):
        audit = _mapping(_mapping(payer), "audit")
        yield from _sum_within_one(audit, ("payers", index, "audit"), ("random", "targeted", "network", "flagged"))
        best_reply = _mapping(_mapping(_mapping(payer), "adaptation"), "best_reply")
        random, most = number(audit.get("random")), number(best_reply.get("most"))
        path = ("payers", index, "adaptation", "best_reply", "most")
        if random is not None and most is not None and most < random:
            yield Clash(path, f"it is {most:g}, below the {random:g} that audit.random sets as the least")
        if random == 0 and most is not None:
            yield Clash(path, "audit.random is 0, so nothing would ever be learnt to reply to; set it above 0")


def _sum_within_one(section: Mapping[str, Any], path: KeyPath, names: tuple[str, ...]) -> Iterator[Clash]:
    given = {name: value for name in names if (value := number(section.get(name))) is not None}
    total = sum(given.values())
    if len(given) > 1 and max(given.values()) <= 1 < total - 1e-9:
        *others, last = [name for name, value in given.items() if value] or given
        listed = f"{', '.join(others)} and {last}"
        yield Clash((*path, last), f"{listed} together are {total:g}, more than 1")


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


def _suppression_without_attack(data: Mapping[str, Any]) -> Iterator[Clash]:
    tactics = _mapping(data, "tactics")
    for index, payer in enumerate(_items(data, "payers")):
        name = _mapping(_mapping(payer), "suppression").get("tactic")
        path = ("payers", index, "suppression", "tactic")
        if isinstance(name, str) and tactics and name not in tactics:
            yield Clash(path, f"there is no tactic '{name}'; there are {_listed(tactics)}")
        elif isinstance(name, str) and _mapping(tactics.get(name)).get("attack") == "none":
            yield Clash(path, f"the tactic '{name}' leaves the image as it is, so it suppresses nothing")


def picture_controls(payer: Any) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield the controls on the picture that a payer uses or may come to use, with their paths below the payer."""
    for section in (("integrity",), ("adaptation", "match_images"), ("adaptation", "detect")):
        there = _mapping(payer)
        for part in section:
            there = _mapping(there, part)
        for name in SECTION_KEYS:
            if isinstance(there.get(name), Mapping):
                yield (*section, name), there[name]


def _budgets_that_flag_nothing(data: Mapping[str, Any]) -> Iterator[Clash]:
    for index, payer in enumerate(_items(data, "payers")):
        for path, control in picture_controls(payer):
            budget = number(control.get("false_alarm"))
            if budget in (0, 1):
                nothing = "nothing" if budget == 0 else "everything"
                text = f"a budget of {budget:g} lets the control flag {nothing}; it must lie between 0 and 1"
                yield Clash(("payers", index, *path, "false_alarm"), text)


def _audits_of_no_flags(data: Mapping[str, Any]) -> Iterator[Clash]:
    for index, payer in enumerate(_items(data, "payers")):
        share = number(_mapping(_mapping(payer), "audit").get("flagged"))
        signed = _mapping(_mapping(payer), "integrity").get("hash_at_capture") is True
        signs = _mapping(_mapping(payer), "adaptation").get("sign_images") is not None
        if share and not (signed or signs or any(picture_controls(payer))):
            text = "nothing flags a claim of this payer; give it a control under integrity or adaptation"
            yield Clash(("payers", index, "audit", "flagged"), text)


def _links(data: Mapping[str, Any]) -> Iterator[Clash]:
    network = _mapping(data, "referral_network")
    links, listed = network.get("links"), network.get("kind") == "edge_list"
    if listed and links is None:
        yield Clash(("referral_network", "kind"), "an edge_list needs links")
    if not listed and links is not None and isinstance(network.get("kind"), str):
        yield Clash(("referral_network", "links"), f"links are for an edge_list; the kind is {network['kind']}")
    counts = {name: _mapping(group).get("count") for name, group in _mapping(data, "providers").items()}
    for index, link in enumerate(_items(network, "links")):
        ends = [end for end in link if isinstance(end, str)] if isinstance(link, (list, tuple)) else []
        for place, end in enumerate(ends):
            specialty, _, number_ = end.rpartition(".")
            count = counts.get(specialty)
            path = ("referral_network", "links", index, place)
            if specialty and specialty not in counts:
                yield Clash(path, f"there are no providers '{specialty}'; there are {_listed(counts)}")
            elif isinstance(count, int) and number_.isdigit() and int(number_) >= count:
                yield Clash(path, f"there are {count:,} providers '{specialty}', numbered from 0 to {count - 1:,}")
        if len(ends) == 2 and ends[0] == ends[1]:
            yield Clash(("referral_network", "links", index), f"'{ends[0]}' is linked to itself")


def _baseline_that_sets(data: Mapping[str, Any]) -> Iterator[Clash]:
    arms = _items(data, "arms")
    if arms and _mapping(arms[0]).get("set"):
        yield Clash(("arms", 0, "set"), "the first arm is the baseline and must not set anything")


def _expectations(data: Mapping[str, Any]) -> Iterator[Clash]:
    for key, error in expectation_faults(data):
        yield Clash(("expect", key), str(error), at_key=error.in_key)


def _answer(data: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield a figure that there is not, or an arm."""
    answer, arms = _mapping(data, "answer"), [_mapping(arm).get("name") for arm in _items(data, "arms")]
    for key, names in (("metric", list(ARM_METRICS)), ("arm", [name for name in arms if isinstance(name, str)])):
        name = answer.get(key)
        if isinstance(name, str) and names and name not in names:
            close = nearest(name, names)
            hint = f"did you mean '{close}'?" if close else f"there are {', '.join(names)}"
            yield Clash(("answer", key), f"there is no {'figure' if key == 'metric' else key} '{name}'; {hint}")
    if answer.get("break_even") is not None and answer.get("arm") is not None:
        yield Clash(("answer", "arm"), "where something varies the answer is a value of it, and of no arm")


def _mapping(value: Any, key: str | None = None) -> Mapping[str, Any]:
    """Return the mapping, or the one under `key`; empty if there is none."""
    inner = value.get(key) if key is not None and isinstance(value, Mapping) else value
    return inner if isinstance(inner, Mapping) else {}


def _items(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = data.get(key)
    return value if isinstance(value, (list, tuple)) else ()


def number(value: Any) -> float | None:
    """Return the number in a quantity, written bare or in full; None if it is something else."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(str(name) for name in names)
