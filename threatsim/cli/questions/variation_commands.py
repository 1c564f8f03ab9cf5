"""`threatsim sweep` and `break-even`: what figures come to as numbers vary, and where one reaches a value."""

from __future__ import annotations

from typing import Annotated

import typer

from threatsim.cli.options import FailFast, interruptible
from threatsim.cli.questions.shared import KEPT, QuestionOptions, question

Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="PATH=LOW:HIGH[:log][:N]",
        help="What varies, and where; or PATH=a,b,c. May be repeated.",
    ),
]
Design = Annotated[str, typer.Option(help="grid, latin or sobol.")]
Points = Annotated[int | None, typer.Option(help="Points of latin or sobol; 32 by default.")]
MaxPoints = Annotated[int, typer.Option(min=1, help="The most points that are allowed.")]
Metric = Annotated[
    list[str] | None,
    typer.Option(help="Figure to tell of, such as payer_loss or payer_loss@medicare; may be repeated."),
]
Arm = Annotated[list[str] | None, typer.Option(help="Arm to run beside the baseline; may be repeated. All by default.")]
Replicates = Annotated[
    int | None, typer.Option(min=2, help="Replicates of every arm at every point; the scenario's own by default.")
]


@question
def sweep(
    asked: QuestionOptions,
    vary: Vary = None,
    design: Design = "grid",
    points: Points = None,
    max_points: MaxPoints = 500,
    metric: Metric = None,
    arm: Arm = None,
    replicates: Replicates = None,
    fail_fast: FailFast = False,
) -> None:
    """Run every arm at many values of the scenario's numbers; exit code 1 if a market failed."""
    with asked.progress.starting(f"Reading {asked.scenario}"):
        from threatsim.questions.sweep.question import SweepRequest
        from threatsim.questions.sweep.question import sweep as answer
        from threatsim.report.questions.publish_sweep import publish_sweep

    request = SweepRequest(
        asked.run(replicates=replicates, fail_fast=fail_fast),
        tuple(vary or ()),
        design,
        points,
        max_points,
        tuple(metric or ()),
        tuple(arm or ()),
    )
    with interruptible(KEPT):
        found = answer(request, asked.progress, asked.executor())
        published = publish_sweep(found, asked.out)
    asked.tell(published, found.record)
    if found.record.findings.failures:
        raise typer.Exit(1)


@question
def break_even(
    asked: QuestionOptions,
    vary: Vary = None,
    until: Annotated[
        str,
        typer.Option(
            metavar="FIGURE=NUMBER",
            help="What is to be reached: 'fraud_payoff = 0', 'payer_loss[arm] = 1e6', or a figure of two arms.",
        ),
    ] = "",
    replicates: Replicates = None,
    fail_fast: FailFast = False,
) -> None:
    """Find the value of a number at which a figure reaches a target, with an interval."""
    with asked.progress.starting(f"Reading {asked.scenario}"):
        from threatsim.questions.break_even.question import BreakEvenRequest
        from threatsim.questions.break_even.question import break_even as answer
        from threatsim.report.questions.publish_sweep import publish_break_even

    request = BreakEvenRequest(
        asked.run(replicates=replicates, fail_fast=fail_fast),
        tuple(vary or ()),
        until,
    )
    with interruptible(KEPT):
        record = answer(request, asked.progress, asked.executor())
        published = publish_break_even(record, asked.out)
    asked.tell(published, record)
