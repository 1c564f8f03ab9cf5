"""Opening the classifiers and cases of a market's modalities, images and claims of codes alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from threatsim.attacks.base import ImageAttack
from threatsim.cases.archive import Archive
from threatsim.cases.image_set import CaseSet
from threatsim.cases.layouts.known import find_archives, findings_at, refuse_finding
from threatsim.catalogue.access import SurrogateKind
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.classifiers.card import Card
from threatsim.classifiers.production import archive_for, synthetic_cases
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.kept_table import TABLE_NAME, read_table
from threatsim.outcomes.making.attacker import refuse_resize, threat_model_of
from threatsim.outcomes.making.reference_cases import reference_of
from threatsim.outcomes.making.surrogate_training import kinds_named, with_surrogates
from threatsim.outcomes.making.training import trained_on
from threatsim.outcomes.preparation.claim_codes import open_claims
from threatsim.outcomes.preparation.images import ImageVictim, OpenedImages
from threatsim.outcomes.preparation.kept import LIVE_CASES, OpenedKept, classifier_of_photographs, table_of
from threatsim.outcomes.preparation.prepared import Opened, Wanted, on_image


def open_modalities(names: Sequence[str], wanted: Wanted, progress: Progress) -> list[Opened]:
    """Open the modalities of these names; a classifier for real images is trained if need be.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged, a tactic names a surrogate for real images,
            or reckons with a resize that a classifier does not have.
    """
    of_images = [name for name in names if name in IMAGE_MODALITIES]
    archives = find_archives(wanted.images) if wanted.images and of_images else {}
    if archives and wanted.images:
        findings = findings_at(wanted.images, wanted.finding, of_images)
    else:
        refuse_finding(wanted.finding)
        findings = {}
    for name in archives.keys() - set(of_images):
        progress.note(f"{name}: the scenario has no such modality, so its images are not used.")
    return [
        _open_images(name, replace(wanted, finding=findings.get(name)), archives, progress)
        if name in of_images
        else open_claims(wanted, progress)
        for name in names
    ]


def _open_images(name: str, wanted: Wanted, archives: Collection[str], progress: Progress) -> Opened:
    attacks = {tactic: spec for tactic, spec in wanted.attacks.items() if on_image(spec)}
    kinds = kinds_named(attacks.values())
    if name in archives and kinds:
        raise ThreatsimError(
            f"tactics name a surrogate ({kinds[0].label()}), and those are trained on synthetic images only",
            hint="Run the scenario without --images, or take `surrogate` out of its tactics.",
        )
    chosen = wanted.classifiers.get(name)
    photographs = _photographs(name, wanted, kinds, chosen)
    if photographs and name not in archives:
        if wanted.images:
            progress.note(f"{name}: no real images in {wanted.images}; the outcomes kept of photographs are used.")
        return _open_kept(name, photographs, wanted, attacks)
    shown = chosen or (photographs.card.name if photographs else name)
    archive = None
    if wanted.images and name in archives:
        archive = archive_for(shipped(shown).asked_for(wanted.finding).card, wanted.images, progress=progress)
    elif wanted.images:
        progress.note(f"{name}: no real images in {wanted.images}; synthetic ones are used.")
    if chosen:
        _refuse_others(name, chosen, archive, hardened=wanted.hardened)
    networks = [shown, f"{shown}_hardened"] if wanted.hardened else [shown]
    for network in networks:
        _refuse_resizes(shipped(network).card, attacks)
    folders = [
        trained_on(archive, device=wanted.device, progress=progress, name=network, finding=wanted.finding)
        if archive
        else shipped(network)
        for network in networks
    ]
    absence = name in wanted.absent
    cases = archive.test if archive else _synthetic(folders[0], wanted, wanted.cases, absence=absence)
    victims = []
    for folder in folders:
        threat_model = threat_model_of(folder, archive, wanted.device)
        threat_model = with_surrogates(threat_model, folder, kinds, device=wanted.device, progress=progress)
        victims.append(ImageVictim(folder, threat_model))
    return OpenedImages(
        modality=name,
        cases=cases,
        victims=tuple(victims),
        attacks=attacks,
        absence=absence,
        make_reference=partial(reference_of, folders[0], archive),
        chosen=chosen is not None,
    )


def _refuse_others(name: str, chosen: str, archive: Archive | None, *, hardened: bool) -> None:
    """Refuse, before anything is trained, a classifier that a scenario names for a modality and that cannot be it.

    Raises:
        InputError: it reads other images, was trained on photographs and there are none, or a payer may change to a
            hardened one and there is none of that name.
    """
    where = f"modalities.{name}.classifier"
    card = shipped(chosen).card
    if card.modality != name:
        raise InputError(f"{where}: '{chosen}' reads {card.modality}", given=chosen)
    if card.photographs is not None and archive is None:
        raise InputError(
            f"{where}: '{chosen}' was trained on photographs, and the cases are synthetic",
            given=chosen,
            hint="Give photographs with --images PATH, or, where the classifier has a table of outcomes beside it, say "
            "--set cases.source=real.",
        )
    if hardened:
        try:
            shipped(f"{chosen}_hardened")
        except InputError as error:
            raise InputError(
                f"{where}: a payer may change to the hardened classifier (adaptation.harden), and there is no "
                f"'{chosen}_hardened' beside '{chosen}'",
                given=chosen,
                hint=f"Put one there, or take adaptation.harden out of the payers. Otherwise: {error}.",
            ) from error


def _photographs(
    name: str, wanted: Wanted, kinds: Sequence[SurrogateKind], chosen: str | None
) -> ClassifierFolder | None:
    """Find the classifier of photographs that a scenario is to attack; None where it is to attack synthetic cases.

    Raises:
        ThreatsimError: the scenario asks for photographs, and there are no outcomes on any.
    """
    if wanted.source == "synthetic":
        return None
    found = table_of(chosen) if chosen else classifier_of_photographs(name)
    reason = ""
    if found is None and chosen:
        reason = f"the classifier '{chosen}' has no table of outcomes on photographs beside it"
    elif found is None:
        reason = "no package that is installed has outcomes of attacks on photographs of this kind"
    elif kinds:
        reason = f"tactics name a surrogate ({kinds[0].label()}), and those are trained on synthetic images only"
    elif wanted.hardened:
        reason = "a payer may change to a hardened classifier, and there is none of photographs"
    if reason and wanted.source == "real":
        raise ThreatsimError(
            f"{name}: the scenario says cases.source: real, but {reason}",
            hint="Install threatsim-real (`pip install ./packages/threatsim-real` in threatsim's repository), or run "
            "it on synthetic cases with --set cases.source=synthetic."
            if found is None and not chosen
            else "Run it on synthetic cases with --set cases.source=synthetic.",
        )
    return None if reason else found


def _open_kept(
    name: str, photographs: ClassifierFolder, wanted: Wanted, attacks: Mapping[str, ImageAttack]
) -> OpenedKept:
    """Open the outcomes kept of photographs, and synthetic cases of the modality beside them."""
    folder = shipped(name)
    for card in (photographs.card, folder.card):
        _refuse_resizes(card, attacks)
    file = read_table(photographs.path / TABLE_NAME)
    absence, chosen = name in wanted.absent, name in wanted.classifiers
    kept = OpenedImages(
        modality=name,
        cases=file.cases,
        victims=(ImageVictim(photographs, file.seen_by(threat_model_of(photographs, None, wanted.device))),),
        attacks=attacks,
        absence=absence,
        make_reference=lambda: file.reference,
        chosen=chosen,
    )
    cases = _synthetic(folder, wanted, min(wanted.cases, LIVE_CASES), absence=absence)
    victim = ImageVictim(folder, threat_model_of(folder, None, wanted.device))
    live = replace(
        kept, cases=cases, victims=(victim,), make_reference=partial(reference_of, folder, None), chosen=False
    )
    return OpenedKept(kept, live, file)


def _refuse_resizes(card: Card, attacks: Mapping[str, ImageAttack]) -> None:
    """Refuse tactics that reckon with a resize where the classifier has none, before anything is trained or attacked.

    Raises:
        InputError: there is such a tactic.
    """
    for tactic, spec in attacks.items():
        refuse_resize(card, spec, f"tactics.{tactic}.assumed_resize")


def _synthetic(folder: ClassifierFolder, wanted: Wanted, count: int, *, absence: bool) -> CaseSet:
    share = 1 - wanted.positive_share if absence else wanted.positive_share
    return synthetic_cases(folder.card, "test", count, positive_share=share)
