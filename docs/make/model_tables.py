"""Write the tables of docs/explanation/model.md from the schema.

python docs/make/model_tables.py
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from threatsim.scenario.reading.paths import Slot
from threatsim.scenario.schema import (
    Audit,
    Capabilities,
    Conduct,
    Integrity,
    Modality,
    Payer,
    ProviderGroup,
    Readers,
    Surrogate,
    Tactic,
)
from threatsim.scenario.sections.adaptation import (
    BestReply,
    Detect,
    Harden,
    MatchImages,
    MoveThreshold,
    RaiseAudits,
    SignImages,
)
from threatsim.scenario.sections.law import (
    Appeals,
    Collected,
    IntegrityAgreement,
    Law,
    Probe,
    Settlement,
    StateStatute,
    Tips,
)
from threatsim.scenario.sections.payer import Suppression, Triage
from threatsim.scenario.sections.picture_controls import Detector, DuplicateSearch, SamePatient
from threatsim.scenario.sections.referral_network import ReferralNetwork
from threatsim.scenario.sections.review import Contractor, DenialAppeals, Exemption

SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "Providers": (ProviderGroup, Conduct, Capabilities),
    "Tactics": (Tactic, Surrogate),
    "Images and payment": (Modality,),
    "Payers": (
        Payer,
        Triage,
        Exemption,
        Integrity,
        DuplicateSearch,
        SamePatient,
        Detector,
        Readers,
        DenialAppeals,
        Contractor,
        Audit,
        Suppression,
    ),
    "Adaptation of payers": (RaiseAudits, BestReply, MoveThreshold, Harden, SignImages, MatchImages, Detect),
    "The law and the network": (
        Law,
        Probe,
        Collected,
        Settlement,
        StateStatute,
        IntegrityAgreement,
        Appeals,
        Tips,
        ReferralNetwork,
    ),
}
BEGIN, END = "<!-- tables -->\n", "<!-- /tables -->\n"
PAGE = Path(__file__).parents[1] / "explanation" / "model.md"


def tables() -> str:
    """All tables, as Markdown."""
    parts = []
    for title, models in SECTIONS.items():
        parts.append(f"### {title}\n\n| field | unit | allowed | default | what it is |\n|---|---|---|---|---|")
        parts.append("\n".join(row for model in models for row in _rows(model)) + "\n")
    return "\n".join(parts)


def _rows(model: type[BaseModel]) -> list[str]:
    rows = []
    for name, info in model.model_fields.items():
        slot = Slot(model).below(name)
        bounds = slot.bounds if slot else None
        allowed = bounds.allowed if bounds else ""
        default = "" if info.default is PydanticUndefined or isinstance(info.default, BaseModel) else info.default
        shown = "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
        text = (info.description or "").replace("|", "\\|")
        rows.append(f"| `{_section(model)}.{name}` | {bounds.unit if bounds else ''} | {allowed} | {shown} | {text} |")
    return rows


def _section(model: type[BaseModel]) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model.__name__)
    return words.lstrip("_")


def page() -> str:
    """Return the page with its tables written anew."""
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:start] + "\n" + tables() + "\n" + text[end:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
