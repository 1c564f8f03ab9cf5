"""What a check says, and the report of all of them. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.budget import PixelBudget
from threatsim.common.html_table import html_table

if TYPE_CHECKING:
    import pandas as pd


class CheckResult(BaseModel):
    """The outcome of one check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int = Field(ge=1, description="Number of the check in the list of docs/how-to/audit.md.")
    key: str = Field(description="Its short name, unique in a report.")
    name: str = Field(description="What is checked, in a few words.")
    tried: str = Field(description="What was done.")
    found: str = Field(description="What came out, with counts.")
    ok: bool = Field(description="true: passed; false: flagged.")
    meaning: str = Field(description="What a flag of this check means.")
    remedy: str = Field(description="What to do about a flag.")


class AuditReport(BaseModel):
    """The audit of one classifier. The same weights, cases and versions give the same report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classifier: str = Field(description="Name of the classifier.")
    weights: str = Field(description="Hash of the weights that were audited.")
    surrogate: str = Field(description="Hash of the surrogate's weights; empty if there was none.")
    engine: int = Field(description="Version of the attack engine.")
    images: str = Field(description="Where the cases come from: synthetic, or the real archive's name.")
    n: int = Field(ge=0, description="Cases.")
    correct: int = Field(ge=0, description="Cases that the classifier decides rightly when clean: those attacked.")
    budget: PixelBudget = Field(description="The budget of the figures that are audited.")
    threshold: float = Field(description="Operating point on p(finding).")
    device: str = Field(description="Kind of device.")
    versions: dict[str, str] = Field(description="Versions of the libraries that touch numbers.")
    checks: tuple[CheckResult, ...] = Field(description="The checks that apply, in the order of their numbers.")

    @property
    def flags(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.ok)

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        total, flags = len(self.checks), self.flags
        if not flags:
            return f"{self.classifier}: passed, {total} of {total} checks."
        return f"{self.classifier}: flagged, {len(flags)} of {total} checks: {', '.join(one.name for one in flags)}."

    def __repr__(self) -> str:
        return f"AuditReport({self.verdict.removesuffix('.')})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [[f"{one.number} {one.name}", one.tried, one.found, "pass" if one.ok else "FLAG"] for one in self.checks]
        advice = [[f"{one.number} {one.name}", one.meaning, one.remedy] for one in self.flags]
        told = html_table(["check", "tried", "found", ""], rows, caption=self.verdict)
        return told + (html_table(["flag", "it means", "do"], advice) if advice else "")

    def to_frame(self) -> pd.DataFrame:
        """Return a row a check: number, key, name, tried, found, ok, meaning, remedy."""
        import pandas as pd

        return pd.DataFrame([dict(check) for check in self.checks], columns=list(CheckResult.model_fields))


@dataclass(frozen=True)
class CheckSpec:
    """What is known of a check before it is run; fields as in `CheckResult`."""

    number: int
    key: str
    name: str
    meaning: str
    remedy: str

    def result(self, tried: str, found: str, *, ok: bool) -> CheckResult:
        """Return the outcome, completed."""
        return CheckResult(
            number=self.number,
            key=self.key,
            name=self.name,
            tried=tried,
            found=found,
            ok=ok,
            meaning=self.meaning,
            remedy=self.remedy,
        )
