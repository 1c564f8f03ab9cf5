"""From one prepared modality to the record's figures of its classifier, of images or of claims of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.record.assembly import ModalityInputs
from threatsim.experiment.record.record import AttackFigures, ClassifierFigures, KeptOutcomes, SwapExample
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.prepared import AnyAttack, ClassifierDescription, Prepared
from threatsim.scenario.schema import Scenario
from threatsim.statistics.discrimination import proportion


def modality_figures(
    part: Prepared,
    attacks: Mapping[str, AnyAttack],
    *,
    finding: str,
    threshold: float,
    controls: Sequence[ControlUse],
) -> ClassifierFigures:
    """Return the figures of a modality's classifier on the run's cases, with what is known of both.

    Args:
        part: classifier, cases and scores.
        attacks: tactic name -> attack, for the tactics that alter the image or the codes.
        finding: what is claimed.
        threshold: the triage threshold on p(finding); a score at or above it counts as the finding.
        controls: the controls on the picture that payers may use, each with its budget.
    """
    known = part.description
    text = ClassifierText(
        finding=finding,
        network=known.network,
        inputs=modality_inputs(known),
        real=known.real,
        pixels=known.pixels,
        audit=known.audit,
    )
    tactics = [TacticText(name, attack.technique, attack.describe()) for name, attack in attacks.items()]
    figures = classifier_figures(part.table, text, tactics, threshold=threshold, uses=controls)
    paid = tuple(_with_policy(attack, part, threshold) for attack in figures.attacks)
    examples = tuple(SwapExample(**vars(example)) for example in part.examples(attacks, threshold))
    kept = KeptOutcomes(**vars(known.kept)) if known.kept else None
    return figures.model_copy(update={"attacks": paid, "examples": examples, "limits": known.limits, "kept": kept})


def all_modality_figures(
    prepared: Mapping[str, Prepared],
    attacks: Mapping[str, AnyAttack],
    scenario: Scenario,
    controls: Sequence[ControlUse],
) -> list[ClassifierFigures]:
    """Return the figures of every modality of a scenario, at the threshold of its first payer.

    Args:
        prepared: modality -> classifier, cases and scores.
        attacks: tactic name -> attack.
        scenario: the baseline.
        controls: the controls on the picture that payers may use, each with its budget.
    """
    point = scenario.payers[0].triage.operating_point
    return [
        modality_figures(
            part,
            attacks,
            finding=scenario.modalities[name].finding,
            threshold=operating_threshold(part.table, point),
            controls=controls,
        )
        for name, part in prepared.items()
    ]


def modality_inputs(known: ClassifierDescription) -> ModalityInputs:
    """Return where the scores of a modality come from, as fingerprints have it."""
    table = known.kept.table if known.kept else ""
    return ModalityInputs(known.images, known.weights, known.surrogate, known.surrogates, table)


def _with_policy(attack: AttackFigures, part: Prepared, threshold: float) -> AttackFigures:
    """Add the share of successes that the payer's own edits would pay, if it has such a policy."""
    if attack.tactic not in part.policy_pays:
        return attack
    table, pays = part.table, part.policy_pays[attack.tactic]
    successes = (table.labels == 0) & (table.clean < threshold) & (table.attacked[attack.tactic] >= threshold)
    return attack.model_copy(update={"passes_policy": proportion(pays[successes], table.patients[successes])})
