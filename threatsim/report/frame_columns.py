"""The columns of a report's data frames: name, type and meaning. The table is the documentation and the type."""

from __future__ import annotations

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column: its pandas type, which does not depend on the rows, and what it holds."""

    dtype: str
    meaning: str


Columns = dict[str, Column]

_TEXT, _FLOAT, _INT, _BOOL = "string", "float64", "int64", "bool"

_ARM: Final = {"arm": Column(_TEXT, "Name of the arm.")}
_REPLICATE: Final = {**_ARM, "replicate": Column(_INT, "Number of the replicate, from 0.")}
_METRIC: Final = {
    "metric": Column(_TEXT, "Name of the figure."),
    "label": Column(_TEXT, "The figure in words."),
    "unit": Column(_TEXT, "Unit of value, low and high."),
}
_ESTIMATE: Final = {
    "value": Column(_FLOAT, "The estimate over replicates; NaN if undefined or not reached."),
    "low": Column(_FLOAT, "Lower end of its 95 % interval; NaN if undefined."),
    "high": Column(_FLOAT, "Upper end of its 95 % interval; NaN if undefined or unbounded."),
    "n": Column(_INT, "Replicates behind it."),
}


def _measured(name: str, meaning: str) -> Columns:
    return {
        name: Column(_FLOAT, meaning),
        f"{name}_low": Column(_FLOAT, "Lower end of its 95 % interval over the patients."),
        f"{name}_high": Column(_FLOAT, "Upper end of its 95 % interval over the patients."),
    }


COLUMNS: Final[dict[str, Columns]] = {
    "arms": {
        **_ARM,
        "title": Column(_TEXT, "The arm in a few words."),
        **_METRIC,
        **_ESTIMATE,
        "undefined": Column(_INT, "Replicates in which the figure is undefined."),
        "events": Column("Int64", "Events in all replicates, where they are so few that the interval is exact."),
        "one_market_low": Column(_FLOAT, "Lower end of what holds one further market in 95 of 100 cases."),
        "one_market_high": Column(_FLOAT, "Upper end of it."),
    },
    "differences": {
        **_ARM,
        **_METRIC,
        **_ESTIMATE,
        "p": Column(_FLOAT, "Two-sided p-value; NaN where there is none."),
        "p_holm": Column(_FLOAT, "The same by Holm's adjustment over its family: a table of the report."),
        "detected": Column(_BOOL, "Whether p_holm is at most 5 %; in older reports, whether the interval excludes 0."),
        "detectable": Column(_FLOAT, "Where not: the smallest difference that 4 of 5 such runs find; NaN if unknown."),
    },
    "replicates": {
        **_REPLICATE,
        "metric": Column(_TEXT, "Name of the figure."),
        "value": Column(_FLOAT, "The figure in this replicate; NaN if undefined or not reached."),
    },
    "tactics": {
        **_ARM,
        "tactic": Column(_TEXT, "Name of the tactic."),
        **_METRIC,
        **_ESTIMATE,
        "difference": Column(_FLOAT, "Paired difference to the same tactic in the baseline; NaN in the baseline."),
        "difference_low": Column(_FLOAT, "Lower end of its 95 % interval."),
        "difference_high": Column(_FLOAT, "Upper end of its 95 % interval."),
        "detected": Column(_BOOL, "Whether it is told from zero after Holm's adjustment over all figures of tactics."),
    },
    "payers": {
        **_ARM,
        "payer": Column(_TEXT, "Name of the payer."),
        **_METRIC,
        **_ESTIMATE,
        "difference": Column(_FLOAT, "Paired difference to the same payer in the baseline; NaN in the baseline."),
        "difference_low": Column(_FLOAT, "Lower end of its 95 % interval."),
        "difference_high": Column(_FLOAT, "Upper end of its 95 % interval."),
        "detected": Column(_BOOL, "Whether it is told from zero after Holm's adjustment over all figures of payers."),
    },
    "accounts": {
        **_ARM,
        "account": Column(_TEXT, "Name of the account."),
        "net_usd": Column(_FLOAT, "Mean net USD over the run; sums to zero in each arm."),
    },
    "weekly": {
        **_REPLICATE,
        "week": Column(_INT, "Week, from 0."),
        "claims": Column(_FLOAT, "Claims submitted."),
        "false_claims": Column(_FLOAT, "Claims billed falsely on purpose; false_claims_NAME: those by one tactic."),
        "false_paid": Column(_FLOAT, "False claims that were paid."),
        "findings": Column(_FLOAT, "Findings against providers, on whatever claims."),
        "false_findings": Column(_FLOAT, "Those on claims that were not billed falsely on purpose."),
        "accused": Column(_FLOAT, "Providers accused."),
        "accused_honest": Column(_FLOAT, "Those who had not billed falsely until then."),
        "paid": Column(_FLOAT, "USD paid on claims."),
        "recouped": Column(_FLOAT, "USD taken back, patients' share of them too."),
        "penalties": Column(_FLOAT, "USD of penalties."),
    },
    "providers": {
        **_REPLICATE,
        "provider": Column(_INT, "Row of the provider, from 0."),
        "specialty": Column(_TEXT, "Its specialty."),
        "volume": Column(_FLOAT, "Mean cases a week."),
        "access": Column(_TEXT, "What the present owner has of the classifiers: none, black_box or white_box."),
        "tactic": Column(_TEXT, "The tactic it chose last; empty for honest billing."),
        "claims": Column(_INT, "Claims that it billed."),
        "false_claims": Column(_INT, "Claims that it billed falsely on purpose."),
        "findings": Column(_INT, "Findings against it."),
        "accused_week": Column(_INT, "Week of its last accusation; -1 for none."),
        "entered_week": Column(_INT, "Week from which the present owner had the practice."),
        "honest": Column(_BOOL, "Whether it never billed falsely on purpose."),
        "net_fraud_usd": Column(_FLOAT, "What false billing brought over the run, after all costs."),
        "billed_finding_rate": Column(_FLOAT, "Share of its claims billed with the finding; NaN without claims."),
    },
    "claims": {
        **_REPLICATE,
        "week": Column(_INT, "Week, from 0."),
        "provider": Column(_INT, "Row of the provider."),
        "payer": Column(_TEXT, "Name of the payer."),
        "case": Column(_INT, "Number of the image in the pool of its modality."),
        "truth": Column(_BOOL, "Whether the image has the finding."),
        "billed": Column(_BOOL, "Whether the claim is billed with the finding."),
        "tactic": Column(_TEXT, "Tactic of a false claim; empty for an honest one."),
        "score": Column("float32", "p(finding) that the payer's classifier gave the submitted image."),
        "suppressed": Column(_BOOL, "Whether the payer pushed the score down."),
        "approved": Column(_BOOL, "Whether the triage model approved it."),
        "pended": Column(_BOOL, "Whether it was set aside for a reader."),
        "read": Column(_BOOL, "Whether a reader saw it."),
        "flagged": Column(_BOOL, "Whether an integrity control or detector flagged it."),
        "paid_usd": Column(_FLOAT, "USD paid."),
        "audited": Column(_BOOL, "Whether it was audited."),
        "found": Column(_BOOL, "Whether it led to a finding against the provider."),
    },
    "classifiers": {
        "modality": Column(_TEXT, "Kind of image."),
        "finding": Column(_TEXT, "What the classifier looks for."),
        "network": Column(_TEXT, "The network, in words."),
        "images": Column(_TEXT, "Where the cases come from: synthetic, or the real archive's name."),
        "real": Column(_BOOL, "Whether the images are real."),
        "pixels": Column(_INT, "Width and height of an image."),
        "cases": Column(_INT, "Test cases."),
        "positives": Column(_INT, "Test cases with the finding."),
        "threshold": Column(_FLOAT, "Threshold of the baseline's first payer on p(finding)."),
        **_measured("auroc", "Clean AUROC."),
        **_measured("accuracy", "Clean accuracy at 0.5."),
        **_measured("confidence", "Clean mean of the larger class probability."),
        **_measured("sensitivity", "Clean sensitivity at the threshold."),
        **_measured("specificity", "Clean specificity at the threshold."),
        "audit": Column(_TEXT, "What the audit of these weights says of attacked figures."),
    },
    "attacks": {
        "modality": Column(_TEXT, "Kind of image."),
        "tactic": Column(_TEXT, "Name of the tactic."),
        "technique": Column(_TEXT, "MITRE ATLAS technique id, or empty."),
        "attack": Column(_TEXT, "The attack in words, with its parameters."),
        **_measured("success", "Cases without the finding, below the threshold when clean, that it lifts over it."),
        **_measured("auroc", "AUROC when every case is attacked toward the wrong class."),
        **_measured("accuracy", "Accuracy at 0.5 when every case is attacked toward the wrong class."),
        **_measured("confidence", "Mean of the larger class probability on the attacked images."),
    },
    "parameters": {
        "path": Column(_TEXT, "Dotted path in the scenario; entries of lists go by their name."),
        "value": Column(_FLOAT, "The number."),
        "unit": Column(_TEXT, "Its unit."),
        "kind": Column(_TEXT, "measured, estimated, fitted or assumed."),
        "source": Column(_TEXT, "Where it comes from; empty if assumed."),
        "note": Column(_TEXT, "What a reader should know about it."),
    },
    "doubt": {
        **_ARM,
        **_METRIC,
        "value": Column(_FLOAT, "Mean over the draws; of an arm beside the baseline the mean difference to it."),
        "low": Column(_FLOAT, "Lower end of what holds it in 95 of 100 cases, by chance and the numbers' doubt."),
        "high": Column(_FLOAT, "Upper end of it."),
        "n": Column(_INT, "Draws behind it."),
        "numbers_share": Column(_FLOAT, "Share of the variance between single replicates that the numbers make."),
        "numbers_share_low": Column(_FLOAT, "Lower end of its 95 % interval."),
        "numbers_share_high": Column(_FLOAT, "Upper end of its 95 % interval."),
    },
    "drivers": {
        **_ARM,
        "metric": Column(_TEXT, "Name of the figure; of an arm beside the baseline its difference to it."),
        "number": Column(_TEXT, "Number that it follows, by its dotted path; the strongest first."),
        "correlation": Column(_FLOAT, "Rank correlation of both over the draws."),
        "low": Column(_FLOAT, "Lower end of its 95 % interval; NaN if undefined."),
        "high": Column(_FLOAT, "Upper end of its 95 % interval; NaN if undefined."),
        "variance_share": Column(_FLOAT, "First-order share of the variance of the draws' means; NaN below 40 draws."),
        "where_least": Column(_FLOAT, "Mean of the figure over the fifth of the draws with the least of the number."),
        "where_most": Column(_FLOAT, "Mean of the figure over the fifth of the draws with the most of it."),
    },
    "draws": {
        "number": Column(_TEXT, "Number that was drawn, by its dotted path."),
        "draw": Column(_INT, "Number of the draw, from 0."),
        "value": Column(_FLOAT, "What it was."),
        "held": Column(_FLOAT, "What the replicates hold it at."),
        "unit": Column(_TEXT, "Its unit."),
    },
    "patterns": {
        "key": Column(_TEXT, "Short name of the pattern."),
        "role": Column(_TEXT, "behaviour, control, distribution, or input, which is no test."),
        "check": Column(_TEXT, "What is checked."),
        "unit": Column(_TEXT, "Unit of value and range."),
        "value": Column(_FLOAT, "What was found, a mean over replicates."),
        "low": Column(_FLOAT, "Lower end of its 95 % interval."),
        "high": Column(_FLOAT, "Upper end of its 95 % interval."),
        "expected_low": Column(_FLOAT, "Least value that agrees with the literature; NaN if there is none."),
        "expected_high": Column(_FLOAT, "Greatest such value; NaN if there is none."),
        "verdict": Column(_TEXT, "held, failed or undecided: the interval in the range, outside, or neither."),
        "holds": Column("boolean", "True if held, False if failed, missing if undecided."),
        "source": Column(_TEXT, "Who reports the pattern."),
    },
    "decisions": {
        **_REPLICATE,
        "week": Column(_INT, "Week of the decision, from 0."),
        "provider": Column(_INT, "Row of the provider."),
        "tactic": Column(_TEXT, "Tactic chosen; empty for honest billing."),
        "share": Column("float32", "Share of the eligible cases billed falsely until the next decision."),
        "payer": Column(_TEXT, "The one payer billed falsely; empty for all of them."),
        "considered": Column(_TEXT, "The tactic chosen, or the best of those that were not."),
        "worth_usd_per_week": Column("float32", "What the option considered should bring a week."),
        "believed_paid": Column("float32", "Believed chance that a false claim by it is paid; NaN without beliefs."),
        "believed_found": Column("float32", "Believed chance that it is found out; NaN without beliefs."),
        "findings": Column(_INT, "Findings against the provider so far."),
        "excluded": Column(_BOOL, "Whether it was excluded by then."),
        "gained_usd": Column("float32", "What false billing had brought by then."),
    },
}
"""Frame -> column -> type and meaning, in order. A frame may end with columns of the scenario's own names."""


def _compared(what: str) -> Columns:
    return {f"{what}_{end}": Column(one.dtype, one.meaning) for end, one in _ESTIMATE.items()}


COMPARISON: Final[Columns] = {
    "reference": Column(_TEXT, "What the others are held against."),
    "other": Column(_TEXT, "What is held against it."),
    "arm_reference": Column(_TEXT, "Name of the reference's arm."),
    "arm": Column(_TEXT, "Name of the other's arm."),
    "metric": Column(_TEXT, "Name of the figure."),
    "unit": Column(_TEXT, "Its unit."),
    **_compared("reference"),
    **_compared("other"),
    **_compared("difference"),
    "paired": Column(_BOOL, "Whether replicate i of both starts from the same seed."),
    "p": Column(_FLOAT, "Two-sided p-value of the difference."),
    "p_holm": Column(_FLOAT, "The same by Holm's adjustment over its family: a table of the report."),
    "excludes_zero": Column(_BOOL, "Whether the 95 % interval, which is not adjusted, excludes zero."),
    "detected": Column(_BOOL, "Whether p_holm is at most 5 %."),
    "needs": Column(_TEXT, "What a detectable difference needs: nothing, replicates, cases or unknown."),
    "replicates_needed": Column("Int64", "About how many replicates would show it in 4 of 5 runs; missing if unknown."),
}
"""The columns of a comparison as a data frame."""
