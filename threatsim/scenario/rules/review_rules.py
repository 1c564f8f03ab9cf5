"""What must hold of those who review: a firm paid by savings averts something, and an exemption exempts somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.rules.consistency import Clash, number, picture_controls


def review_clashes(data: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield what does not agree in how claims are reviewed.

    Args:
        data: a scenario as plain data; parts that are missing or of the wrong type are passed over.
    """
    payers = data.get("payers")
    for index, payer in enumerate(payers if isinstance(payers, (list, tuple)) else ()):
        if not isinstance(payer, Mapping):
            continue
        readers, triage = _section(payer, "readers"), _section(payer, "triage")
        if _section(readers, "contractor"):
            yield from _contractor(payer, readers, ("payers", index, "readers", "contractor"))
        if _section(triage, "exemption"):
            yield from _exemption(_section(triage, "exemption"), ("payers", index, "triage", "exemption"))


def _contractor(payer: Mapping[str, Any], readers: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    terms = _section(readers, "contractor")
    if number(terms.get("share")) == 0:
        text = "a share of 0 pays the firm nothing; leave the contractor out for readers on a salary"
        yield Clash((*path, "share"), text)
    clawback = number(terms.get("clawback", 1))
    if clawback and readers.get("appeals") is None:
        text = "a denial falls on appeal, and there is none: give the readers 'appeals', or write a clawback of 0"
        yield Clash(path, text, at_key=True)
    for place, why in _averts_nothing(payer, readers, terms):
        yield Clash((*path[:2], *place), f"{why}, so the contractor averts no spending and is never paid")


def _averts_nothing(
    payer: Mapping[str, Any], readers: Mapping[str, Any], terms: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, str]]:
    """Yield why readers cannot deny anything, with its place below the payer."""
    if number(readers.get("capacity")) == 0:
        yield ("readers", "capacity"), "at 0 nothing is read"
    confirms_all = number(readers.get("sensitivity")) == 1 and number(readers.get("specificity")) == 0
    if confirms_all and not number(terms.get("discretion", 0)):
        yield ("readers", "specificity"), "at a sensitivity of 1 and a specificity of 0 the readers confirm every claim"
    triage, integrity = _section(payer, "triage"), _section(payer, "integrity")
    by_machine = triage.get("below") == "deny" and triage.get("classifier", True) is True
    signs = integrity.get("hash_at_capture") is True or _section(payer, "adaptation").get("sign_images") is not None
    holds = signs or any(picture_controls(payer))
    if by_machine and not holds and number(readers.get("second_look", 0)) == 0:
        yield ("triage", "below"), "the machine denies alone and no approval is read (second_look is 0)"


def _exemption(rule: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    if number(rule.get("affirmed")) == 0:
        text = "at 0 everybody is exempt, whatever becomes of the claims; it must lie above 0, up to 1"
        yield Clash((*path, "affirmed"), text)
    if number(rule.get("spot_check")) == 1:
        text = "at 1 every claim of an exempt practice is reviewed, so that it is exempt from nothing"
        yield Clash((*path, "spot_check"), text)


def _section(there: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = there.get(key)
    return inner if isinstance(inner, Mapping) else {}
