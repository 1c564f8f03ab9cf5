"""What is measured of each defence: every figure with its 95 % interval and its number of cases. Data only."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from threatsim.statistics.estimate import Estimate


class Figures(BaseModel):
    """Measured figures: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AgainstAttack(Figures):
    """A detector against one attack, on cases that the classifier decides rightly when they are untouched."""

    attack: str = Field(description="The attack in a line.")
    knows_detector: bool = Field(description="Whether the attacker has the detector and its threshold.")
    turned: Estimate = Field(description="Share of cases on which the attack succeeds, flagged or not.")
    auroc: Estimate = Field(description="Successful images against clean ones, by the detector's statistic.")
    flagged: Estimate = Field(description="Share of the successful images that the detector flags.")
    succeeded: Estimate = Field(description="Share of cases on which the attack succeeds and is not flagged.")


class DetectorFigures(Figures):
    """An input detector: its false alarms, and the two attackers."""

    detector: str = Field(description="Name of the detector.")
    false_alarms: Estimate = Field(description="Share of clean test images that are flagged.")
    naive: AgainstAttack = Field(description="The attack that ignores the detector.")
    adaptive: AgainstAttack = Field(description="The attack that knows it.")


class RestorationFigures(Figures):
    """An input restoration: accuracy of the classifier behind it, over the attacked cases, rightly decided or not."""

    restoration: str = Field(description="What is done to each image first.")
    clean: Estimate = Field(description="Accuracy on untouched images.")
    naive: Estimate = Field(description="Accuracy under the attack on the bare classifier.")
    adaptive: Estimate = Field(
        description="Accuracy under the attack that runs the restoration and differentiates one like it."
    )


class ControlFigures(Figures):
    """How often an integrity control raises an alarm on one kind of submission."""

    control: str = Field(description="Name of the control.")
    submission: str = Field(description="What is submitted.")
    fraud: bool = Field(
        description="Whether an alarm is right: false for honest submissions, where it is a false alarm."
    )
    before_capture: bool = Field(description="Whether the alteration was there when the device took the picture.")
    alarms: Estimate = Field(description="Share of submissions on which the control raises an alarm.")


class MatchFigures(Figures):
    """How well same-patient matching tells patients apart."""

    pairs: str = Field(description="Which pairs of one patient were used.")
    auroc: Estimate = Field(description="Pairs of different patients against pairs of one patient.")
    false_alarms: Estimate = Field(description="Share of pairs of one patient that are taken for two.")
    detected: Estimate = Field(description="Share of pairs of different patients that are recognised as such.")


class DefenceFigures(Figures):
    """All defences of one classifier on one set of images."""

    classifier: str = Field(description="Name of the classifier.")
    images: str = Field(description="What was measured on.")
    budget: str = Field(description="Budget of the perturbation attacks, in words.")
    false_alarm_budget: float = Field(description="Share of clean images that a control may flag.")
    threshold: float = Field(description="Operating point on p(finding) of the decision that is attacked.")
    fitted_on: int = Field(description="Clean cases that detectors were fitted on.")
    calibrated_on: int = Field(description="Clean cases that thresholds were set on.")
    tested_on: int = Field(description="Clean test cases that false alarms were measured on.")
    attacked: int = Field(description="Test cases that attacks were run on.")
    detectors: list[DetectorFigures] = Field(description="Input detectors, naive and adaptive attack.")
    restorations: list[RestorationFigures] = Field(
        description="Input restorations; the first row is the bare classifier."
    )
    controls: list[ControlFigures] = Field(description="Hash at capture, duplicate search and same-patient matching.")
    matching: list[MatchFigures] = Field(description="Same-patient matching on each kind of pairs.")
    notes: list[str] = Field(description="What could not be measured, and why.")
