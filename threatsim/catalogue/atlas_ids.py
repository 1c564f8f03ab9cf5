"""Techniques, tactics and mitigations of MITRE ATLAS that a scenario may name: ids and names only.

Read in mitre-atlas/atlas-data, release 5.5.0 (dist/ATLAS.yaml, data/techniques.yaml, data/mitigations.yaml, commit
359326c). Held here are the techniques against models that predict; those against language models and agents are left
out. Later releases keep the ids; content 2026.07 renamed some mitigations (Model Hardening became Predictive AI Model
Hardening). ATLAS is a work of The MITRE Corporation, https://atlas.mitre.org.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ATLAS_VERSION: Final = "5.5.0"
"""Release of atlas-data that the ids and names are those of."""

TACTICS: Final[Mapping[str, str]] = {
    "AML.TA0002": "Reconnaissance",
    "AML.TA0003": "Resource Development",
    "AML.TA0004": "Initial Access",
    "AML.TA0000": "AI Model Access",
    "AML.TA0005": "Execution",
    "AML.TA0006": "Persistence",
    "AML.TA0012": "Privilege Escalation",
    "AML.TA0007": "Defense Evasion",
    "AML.TA0013": "Credential Access",
    "AML.TA0008": "Discovery",
    "AML.TA0015": "Lateral Movement",
    "AML.TA0009": "Collection",
    "AML.TA0001": "AI Attack Staging",
    "AML.TA0014": "Command and Control",
    "AML.TA0010": "Exfiltration",
    "AML.TA0011": "Impact",
}
"""Tactic id -> name, in the order of the matrix."""


@dataclass(frozen=True)
class Technique:
    """A technique, or a sub-technique.

    Attributes:
        id: such as AML.T0043, or AML.T0043.000 for a sub-technique.
        name: as ATLAS has it; a sub-technique's without its parent's.
        tactics: ids of the tactics that it serves, a sub-technique those of its parent; first the one that it serves
            in a scenario that names none.
    """

    id: str
    name: str
    tactics: tuple[str, ...]

    @property
    def parent(self) -> str | None:
        """The technique that it is a sub-technique of, or None."""
        return self.id.rpartition(".")[0] if self.id.count(".") == 2 else None


_TOP: Final[tuple[tuple[str, str, str], ...]] = (
    ("T0000", "Search Open Technical Databases", "TA0002"),
    ("T0001", "Search Open AI Vulnerability Analysis", "TA0002"),
    ("T0003", "Search Victim-Owned Websites", "TA0002"),
    ("T0004", "Search Application Repositories", "TA0002"),
    ("T0006", "Active Scanning", "TA0002"),
    ("T0002", "Acquire Public AI Artifacts", "TA0003"),
    ("T0016", "Obtain Capabilities", "TA0003"),
    ("T0017", "Develop Capabilities", "TA0003"),
    ("T0008", "Acquire Infrastructure", "TA0003"),
    ("T0020", "Poison Training Data", "TA0003 TA0006"),
    ("T0021", "Establish Accounts", "TA0003"),
    ("T0010", "AI Supply Chain Compromise", "TA0004"),
    ("T0012", "Valid Accounts", "TA0004 TA0012"),
    ("T0049", "Exploit Public-Facing Application", "TA0004"),
    ("T0052", "Phishing", "TA0004 TA0015"),
    ("T0040", "AI Model Inference API Access", "TA0000"),
    ("T0041", "Physical Environment Access", "TA0000"),
    ("T0044", "Full AI Model Access", "TA0000"),
    ("T0047", "AI-Enabled Product or Service", "TA0000"),
    ("T0018", "Manipulate AI Model", "TA0006 TA0001"),
    ("T0007", "Discover AI Artifacts", "TA0008"),
    ("T0013", "Discover AI Model Ontology", "TA0008"),
    ("T0014", "Discover AI Model Family", "TA0008"),
    ("T0063", "Discover AI Model Outputs", "TA0008"),
    ("T0035", "AI Artifact Collection", "TA0009"),
    ("T0036", "Data from Information Repositories", "TA0009"),
    ("T0037", "Data from Local System", "TA0009"),
    ("T0005", "Create Proxy AI Model", "TA0001"),
    ("T0042", "Verify Attack", "TA0001"),
    ("T0043", "Craft Adversarial Data", "TA0001"),
    ("T0024", "Exfiltration via AI Inference API", "TA0010"),
    ("T0025", "Exfiltration via Cyber Means", "TA0010"),
    ("T0015", "Evade AI Model", "TA0011 TA0004 TA0007"),
    ("T0029", "Denial of AI Service", "TA0011"),
    ("T0031", "Erode AI Model Integrity", "TA0011"),
    ("T0034", "Cost Harvesting", "TA0011"),
    ("T0046", "Spamming AI System with Chaff Data", "TA0011"),
    ("T0048", "External Harms", "TA0011"),
)
_SUB: Final[tuple[tuple[str, str], ...]] = (
    ("T0000.000", "Journals and Conference Proceedings"),
    ("T0000.001", "Pre-Print Repositories"),
    ("T0000.002", "Technical Blogs"),
    ("T0002.000", "Datasets"),
    ("T0002.001", "Models"),
    ("T0005.000", "Train Proxy via Gathered AI Artifacts"),
    ("T0005.001", "Train Proxy via Replication"),
    ("T0005.002", "Use Pre-Trained Model"),
    ("T0008.000", "AI Development Workspaces"),
    ("T0008.001", "Consumer Hardware"),
    ("T0008.003", "Physical Countermeasures"),
    ("T0010.000", "Hardware"),
    ("T0010.001", "AI Software"),
    ("T0010.002", "Data"),
    ("T0010.003", "Model"),
    ("T0016.000", "Adversarial AI Attack Implementations"),
    ("T0016.001", "Software Tools"),
    ("T0017.000", "Adversarial AI Attacks"),
    ("T0018.000", "Poison AI Model"),
    ("T0018.001", "Modify AI Model Architecture"),
    ("T0024.000", "Infer Training Data Membership"),
    ("T0024.001", "Invert AI Model"),
    ("T0024.002", "Extract AI Model"),
    ("T0043.000", "White-Box Optimization"),
    ("T0043.001", "Black-Box Optimization"),
    ("T0043.002", "Black-Box Transfer"),
    ("T0043.003", "Manual Modification"),
    ("T0043.004", "Insert Backdoor Trigger"),
    ("T0048.000", "Financial Harm"),
    ("T0048.001", "Reputational Harm"),
    ("T0048.002", "Societal Harm"),
    ("T0048.003", "User Harm"),
    ("T0048.004", "AI Intellectual Property Theft"),
)
MITIGATIONS: Final[Mapping[str, str]] = {
    "AML.M0003": "Model Hardening",
    "AML.M0015": "Adversarial Input Detection",
    "AML.M0024": "AI Telemetry Logging",
}
"""Mitigation id -> name, for those that a scenario's controls come to."""


def _techniques() -> dict[str, Technique]:
    serves = {number: tuple(f"AML.{tactic}" for tactic in tactics.split()) for number, _, tactics in _TOP}
    top = [Technique(f"AML.{number}", name, serves[number]) for number, name, _ in _TOP]
    sub = [Technique(f"AML.{number}", name, serves[number.partition(".")[0]]) for number, name in _SUB]
    return {technique.id: technique for technique in sorted([*top, *sub], key=lambda technique: technique.id)}


TECHNIQUES: Final[Mapping[str, Technique]] = _techniques()
"""Technique id -> technique, sorted by id."""
