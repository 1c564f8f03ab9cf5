"""`threatsim sensitivity` and `optimise`: what drives the answer, and the best choice."""

from __future__ import annotations

from typing import Annotated

import typer

from threatsim.cli.options import FailFast, interruptible
from threatsim.cli.questions.shared import KEPT, QuestionOptions, question


@question
def sensitivity(
    asked: QuestionOptions,
    spread: Annotated[
        float, typer.Option(help="Share by which assumed numbers without a range go up and down; 0 leaves them out.")
    ] = 0.5,
    metric: Annotated[list[str] | None, typer.Option(help="Figure to follow; may be repeated.")] = None,
    top: Annotated[int, typer.Option(help="How many numbers are told of with intervals.")] = 8,
    evaluations: Annotated[int, typer.Option(help="Markets of each arm in all, about.")] = 600,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Arm to run beside the baseline; may be repeated. By default all that a payer could choose."),
    ] = None,
    fail_fast: FailFast = False,
) -> None:
    """Tell which numbers drive the answer, and which alone can turn the ranking of the arms."""
    from threatsim.questions.sensitivity.question import SensitivityRequest
    from threatsim.questions.sensitivity.question import sensitivity as answer

    request = SensitivityRequest(
        asked.run(fail_fast=fail_fast),
        spread,
        tuple(metric or ()),
        top,
        evaluations,
        tuple(arm or ()),
    )
    with interruptible(KEPT):
        record = answer(request, asked.progress, asked.executor())

        from threatsim.report.questions.publish_answer import publish_sensitivity

        published = publish_sensitivity(record, asked.out)
    asked.tell(published, record)


@question
def optimise(
    asked: QuestionOptions,
    choose: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=LOW:HIGH[:log]", help="What may be chosen, or PATH=a,b,c; may be repeated."),
    ] = None,
    minimise: Annotated[
        list[str] | None, typer.Option(help="A sum of figures, such as payer_loss+control_cost; several give a front.")
    ] = None,
    maximise: Annotated[list[str] | None, typer.Option(help="The same to be as great as can be.")] = None,
    subject_to: Annotated[
        list[str] | None, typer.Option(help="What must hold, such as 'honest_denied <= 0.12'; may be repeated.")
    ] = None,
    attacker: Annotated[
        bool, typer.Option("--attacker", help="The choice is an attacker's; by default to maximise fraud_payoff.")
    ] = False,
    both: Annotated[
        bool, typer.Option("--both", help="Payer and attacker reply to each other in turn until neither gains.")
    ] = False,
    trials: Annotated[int, typer.Option(help="Choices tried at most.")] = 200,
    replicates: Annotated[int, typer.Option(help="Markets of each trial, the same streams in all.")] = 4,
    fresh: Annotated[int, typer.Option(min=3, help="Markets of what is told, which the search did not see.")] = 20,
    arm: Annotated[str | None, typer.Option(help="Arm to start from; by default the baseline.")] = None,
    fail_fast: FailFast = False,
) -> None:
    """Find the best policy of a payer when providers respond, or the best reply of an attacker."""
    from threatsim.common.errors import InputError
    from threatsim.questions.optimise.question import OptimiseRequest
    from threatsim.questions.optimise.question import optimise as answer

    if attacker and both:
        raise InputError("--attacker and --both: it is one or the other", given="--both")
    request = OptimiseRequest(
        asked.run(fail_fast=fail_fast),
        tuple(choose or ()),
        tuple(minimise or ()),
        tuple(maximise or ()),
        tuple(subject_to or ()),
        "both" if both else "attacker" if attacker else "payer",
        trials,
        replicates,
        fresh,
        arm,
    )
    with interruptible(KEPT):
        record = answer(request, asked.progress, asked.executor())

        from threatsim.report.questions.publish_answer import publish_optimise

        published = publish_optimise(record, asked.out)
    asked.tell(published, record)
