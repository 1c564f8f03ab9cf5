"""Images or codes: a tactic alters the one or the other, so a scenario is about one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.modalities import CLAIM_CODES, MODALITIES
from threatsim.scenario.rules.consistency import Clash, picture_controls


def code_clashes(data: Mapping[str, Any]) -> list[Clash]:
    """Return modalities and tactics that do not go together, and controls that claims of codes do not have.

    Args:
        data: a scenario as plain data; parts that are missing or of the wrong type are passed over.
    """
    modalities, tactics = data.get("modalities"), data.get("tactics")
    if not isinstance(modalities, Mapping) or not modalities:
        return []
    names = ", ".join(str(name) for name in modalities)
    if CLAIM_CODES in modalities and len(modalities) > 1:
        text = f"a scenario is about images or about codes, and this one has {names}: write two"
        return [Clash(("modalities", CLAIM_CODES), text)]
    wrong = [name for name, modality in modalities.items() if not _may_claim(name, modality)]
    if wrong:
        kind = "of codes" if MODALITIES[wrong[0]].kind == "codes" else f"of {wrong[0]}"
        allowed = " and ".join(sorted(MODALITIES[wrong[0]].claim_for))
        return [Clash(("modalities", wrong[0], "claim_for"), f"claims {kind} are for {allowed} only")]
    found = list(_tactics(tactics, CLAIM_CODES in modalities, names)) if isinstance(tactics, Mapping) else []
    return found + (list(_controls(data.get("payers"))) if CLAIM_CODES in modalities else [])


def _may_claim(name: Any, modality: Any) -> bool:
    claim = modality.get("claim_for") if isinstance(modality, Mapping) else None
    return name not in MODALITIES or claim not in ("presence", "absence") or claim in MODALITIES[name].claim_for


def _controls(payers: Any) -> Iterator[Clash]:
    for index, payer in enumerate(payers if isinstance(payers, (list, tuple)) else ()):
        for path, _ in picture_controls(payer):
            yield Clash(("payers", index, *path), "it looks at an image, and claim_codes has none")


def _tactics(tactics: Mapping[str, Any], codes: bool, names: str) -> Iterator[Clash]:
    for name, tactic in tactics.items():
        attack = tactic.get("attack") if isinstance(tactic, Mapping) else None
        row = ATTACKS.get(attack) if isinstance(attack, str) else None
        if row is None or not row.implementation or (row.medium == "codes") == codes:
            continue
        if codes:
            text = f"attack '{attack}' alters an image, and claim_codes has none; use code_swap or none"
        else:
            text = f"attack '{attack}' exchanges the codes of claim_codes, and this scenario has {names}"
        yield Clash(("tactics", name, "attack"), text)
