"""What a scenario does at each MITRE ATLAS technique, in sentences derived from its tactics, conduct and payers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threatsim.experiment.atlas.uses import TacticUse
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.modality import Modality
from threatsim.scenario.sections.provider_group import Conduct
from threatsim.scenario.sections.quantity import Quantity


def sentences(scenario: Scenario, uses: Sequence[TacticUse]) -> Iterator[tuple[str, str]]:
    """Return (technique id, what is done) for every technique that the scenario comes to, in the order of an attack."""
    derived = (
        ("AML.T0016.000", _tools(uses)),
        ("AML.T0008.003", _printed(uses)),
        ("AML.T0044", _classifier_itself(scenario.conduct, uses)),
        ("AML.T0047", _queries(uses)),
        ("AML.T0041", _before_capture(uses)),
        ("AML.T0005.000", _surrogate(scenario.conduct, uses)),
        ("AML.T0043.003", _crafts("AML.T0043.003", uses)),
        ("AML.T0043.002", _crafts("AML.T0043.002", uses)),
        ("AML.T0043.001", _crafts("AML.T0043.001", uses)),
        ("AML.T0043.000", _crafts("AML.T0043.000", uses)),
        ("AML.T0042", _checks(uses)),
        ("AML.T0015", _evades(scenario, uses)),
        ("AML.T0048.000", _harms_payers(scenario)),
        ("AML.T0048.003", _harms_patients(scenario, uses)),
    )
    return ((technique, does) for technique, does in derived if does)


def suppressing_payers(uses: Sequence[TacticUse]) -> list[str]:
    """Return the payers that attack, in the order of the scenario."""
    return list(dict.fromkeys(use.payer for use in uses if use.payer is not None))


def in_arms(names: Sequence[str]) -> str:
    """Return arms by name: `arm a`, `arms a, b`."""
    return f"{'arm' if len(names) == 1 else 'arms'} {', '.join(names)}"


def _tools(uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.computed]
    libraries = sorted({use.row.name for use in chosen if use.row.library})
    source = f", some of it from {' and '.join(libraries)}" if libraries else ""
    return f"Gets code for the attacks{source}: {_names(chosen)}." if chosen else ""


def _printed(uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.row.alters == "scene" and use.row.visible == "patch"]
    return f"Has the patch made that is laid on the lens: {_names(chosen)}." if chosen else ""


def _classifier_itself(conduct: Conduct, uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.tactic.access == "white_box"]
    theirs, payers = [use for use in chosen if use.payer is None], suppressing_payers(chosen)
    parts = []
    if theirs:
        price = _price(conduct.acquire.white_box if conduct.acquire else None)
        have = f"{_percent(conduct.white_box_share)} of the providers have the payer's classifier itself"
        parts.append(f"{have}{price}: {_names(theirs)}.")
    if payers:
        own = "attacks its own classifier" if len(payers) == 1 else "attack their own classifiers"
        parts.append(f"{' and '.join(payers)} {own}.")
    return " ".join(parts)


def _surrogate(conduct: Conduct, uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.tactic.access == "black_box"]
    if not chosen:
        return ""
    have = ""
    if any(use.payer is None for use in chosen):
        price = _price(conduct.acquire.black_box if conduct.acquire else None)
        have = f" {_percent(conduct.black_box_share)} of the providers have one{price}."
    return f"A surrogate is trained to resemble the payer's classifier, for {_names(chosen)}.{have}"


def _queries(uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.tactic.access == "queries"]
    most = max((use.tactic.queries or 0 for use in chosen), default=0)
    limit = f", at most {most:,} for an image" if most else ""
    return f"Asks the payer's claim review with claims of its own{limit}: {_names(chosen)}." if chosen else ""


def _before_capture(uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.row.alters == "scene"]
    text = "Acts on the scene, the device or the choice of the picture, before the file is kept"
    return f"{text}: {_names(chosen)}." if chosen else ""


def _crafts(technique: str, uses: Sequence[TacticUse]) -> str:
    chosen = [f"{_name(use)}: {use.attack.describe()}" for use in uses if use.technique == technique]
    return f"{'; '.join(chosen)}." if chosen else ""


def _checks(uses: Sequence[TacticUse]) -> str:
    chosen = [use for use in uses if use.checks]
    return f"Goes on until the payer's classifier is seen to turn: {_names(chosen)}." if chosen else ""


def _evades(scenario: Scenario, uses: Sequence[TacticUse]) -> str:
    parts = []
    if any(use.payer is None for use in uses):
        below = {"pend": "sends it to a human reader", "deny": "denies it by machine"}
        fate = ", ".join(f"{payer.name} {below[payer.triage.below]}" for payer in scenario.payers)
        parts.append(
            "Images without the finding are to score as if they had it, so that the claim is paid; below the "
            f"threshold {fate}."
        )
    if payers := suppressing_payers(uses):
        names = " and ".join(payers)
        parts.append(f"Images with the finding are to score as if they had none, so that {names} may turn claims down.")
    return " ".join(parts)


def _harms_payers(scenario: Scenario) -> str:
    services = "; ".join(_service(modality) for modality in scenario.modalities.values())
    return f"Payers pay for what the case does not warrant: {services}."


def _service(modality: Modality) -> str:
    low, high = modality.fee_negative, modality.fee_positive
    fees = "" if low is None or high is None else f" ({_dollars(high)} in place of {_dollars(low)} USD)"
    return f"{modality.service}, billed for {modality.finding}{fees}"


def _harms_patients(scenario: Scenario, uses: Sequence[TacticUse]) -> str:
    parts = []
    if float(scenario.conduct.care_delivered) > 0:
        delivered = _percent(scenario.conduct.care_delivered)
        parts.append(f"Patients are given care that they do not need: {delivered} of what is falsely billed.")
    if payers := suppressing_payers(uses):
        parts.append(f"Patients of {' and '.join(payers)} who have the finding are denied care.")
    return " ".join(parts)


def _names(uses: Sequence[TacticUse]) -> str:
    return ", ".join(_name(use) for use in uses)


def _name(use: TacticUse) -> str:
    notes = [*([f"by {use.payer}"] if use.payer else []), *([f"in {in_arms(use.arms)}"] if use.arms else [])]
    return f"{use.name} ({', '.join(notes)})" if notes else use.name


def _percent(share: Quantity) -> str:
    return f"{100 * float(share):.3g}%"


def _price(price: Quantity | None) -> str:
    return "" if price is None else f", the others can buy it for {_dollars(price)} USD"


def _dollars(amount: Quantity) -> str:
    return f"{float(amount):,.0f}" if float(amount) >= 1000 else f"{float(amount):.3g}"
