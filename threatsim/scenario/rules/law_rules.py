"""Laws and the payers under them: what a law of each kind has, and that every law has a payer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.rules.consistency import Clash, number


def law_clashes(data: Mapping[str, Any]) -> list[Clash]:
    """Return what does not agree in the laws of a scenario, or between them and its payers.

    Args:
        data: a scenario as plain data; parts that are missing or of the wrong type are passed over.
    """
    others = data.get("other_laws")
    laws: dict[KeyPath, Any] = {("law",): data.get("law")}
    if isinstance(others, Mapping):
        laws |= {("other_laws", name): law for name, law in others.items()}
    found = [clash for path, law in laws.items() if isinstance(law, Mapping) for clash in _law(law, path)]
    payers = data.get("payers")
    if isinstance(payers, (list, tuple)):
        found += _payers(payers, others if isinstance(others, Mapping) else {})
    return found


def _law(law: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    yield from _when_it_acts(law, path)
    if law.get("kind") == "commercial":
        yield from _commercial(law, path)
    else:
        yield from _federal(law, path)


def _when_it_acts(law: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    probe, at_once = law.get("probe"), law.get("findings_to_accuse")
    if probe is None and at_once is None:
        yield Clash(path, "it lacks a probe, or findings_to_accuse for an accusation without one", at_key=True)
    if probe is not None and at_once is not None:
        text = "a law with a probe accuses by its sample; leave findings_to_accuse out, or the probe"
        yield Clash((*path, "findings_to_accuse"), text)
    if probe is None and law.get("extrapolate") is True:
        text = "an extrapolation rests on a fresh sample: write a probe in place of findings_to_accuse"
        yield Clash((*path, "extrapolate"), text)
    tolerated = number(probe.get("tolerated_rate")) if isinstance(probe, Mapping) else None
    if tolerated in (0, 1):
        outcome = "any claim that is not supported accuses" if tolerated == 0 else "nobody is ever accused"
        yield Clash((*path, "probe", "tolerated_rate"), f"at {tolerated:g} {outcome}; it must lie between 0 and 1")
    tips = law.get("tips")
    if isinstance(tips, Mapping) and isinstance(probe, Mapping) and tips.get("probe") is not None:
        yield Clash((*path, "tips", "probe"), "a tip opens the probe of this law; leave it out here")
    if isinstance(tips, Mapping) and probe is None and at_once is not None and tips.get("probe") is None:
        yield Clash((*path, "tips"), "it lacks 'probe': the claims audited after a tip, under a law without a probe")


def _commercial(law: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    instead = "a state's law, where there is one, is a state_statute"
    for key, idle in (("damages", 1.0), ("per_claim_penalty", 0.0), ("settlement", None), ("exclusion", 0.0)):
        value = law.get(key)
        written = value is not None if idle is None else number(value) not in (None, idle)
        if written and key == "exclusion":
            yield Clash((*path, key), "a commercial payer cannot exclude from federal programmes; write termination")
        elif written:
            text = f"a commercial payer has no {key}: the False Claims Act is for federal money; {instead}"
            yield Clash((*path, key), text)


def _federal(law: Mapping[str, Any], path: KeyPath) -> Iterator[Clash]:
    if law.get("state_statute") is not None:
        yield Clash((*path, "state_statute"), "it is for a law of kind commercial; this one has damages of its own")
    if number(law.get("termination")) not in (None, 0):
        yield Clash((*path, "termination"), "it is for a law of kind commercial; a federal one has exclusion")


def _payers(payers: list[Any] | tuple[Any, ...], others: Mapping[str, Any]) -> Iterator[Clash]:
    named = [payer.get("law") if isinstance(payer, Mapping) else None for payer in payers]
    for index, name in enumerate(named):
        if isinstance(name, str) and name not in others:
            known = f"other_laws has {', '.join(map(str, others))}" if others else "there are no other_laws"
            text = f"there is no law '{name}'; {known} {did_you_mean(name, map(str, others))}".rstrip()
            yield Clash(("payers", index, "law"), text)
    for name in others:
        if name not in named:
            yield Clash(("other_laws", name), "no payer is under this law: name it as the law of one", at_key=True)
    if payers and None not in named and all(name in others for name in named):
        yield Clash(("law",), "no payer is under this law: every payer names one of other_laws", at_key=True)
