"""What two detectors find in kept claims, as `threatsim claims baseline` says it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.experiment.claim_data.baseline import ClaimBaseline
from threatsim.report.plain_text import visible
from threatsim.report.words.numbers import count
from threatsim.statistics.estimate import Estimate


def print_baseline(found: ClaimBaseline, console: Console) -> None:
    """Print the detectors beside the audits, with their intervals over providers."""
    claims = ", ".join(f"{name} {count(size)} of {count(found.providers[name])}" for name, size in found.claims.items())
    lines = (
        f"Arm {found.arm}; claims billed with the finding, of providers: {claims}",
        f"Fraud in the test split: {_told(found.fraud)}; the payers audited {count(found.audited)} claims of it",
    )
    for line in lines:
        console.print(Text(visible(line)), soft_wrap=True)
    table = Table("detector", box=None, pad_edge=False)
    for column in ("AUROC", f"fraud among the first {count(found.audited)}"):
        table.add_column(column, justify="right")
    for one in found.detectors:
        table.add_row(one.detector, _told(one.auroc), _told(one.precision))
    table.add_row("the payers' audits", "", _told(found.audits))
    console.print(table)
    read = f"95% intervals over providers. The detectors read: {', '.join(found.features)}"
    console.print(Text(read), soft_wrap=True)


def _told(estimate: Estimate) -> str:
    if estimate.value is None:
        return "undefined"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3g}"
    return f"{estimate.value:.3g} ({estimate.low:.3g} to {estimate.high:.3g})"
