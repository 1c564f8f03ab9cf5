"""Opening the classifiers and cases of a market's modalities, images and claims of codes alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from threatsim.cases.archive import find_archives
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.classifiers.production import archive_for, synthetic_cases
from threatsim.classifiers.store import shipped
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.making.attacker import threat_model_of
from threatsim.outcomes.making.reference_cases import reference_of
from threatsim.outcomes.making.surrogate_training import kinds_named, with_surrogates
from threatsim.outcomes.making.training import trained_on
from threatsim.outcomes.preparation.claim_codes import open_claims
from threatsim.outcomes.preparation.images import ImageVictim, OpenedImages
from threatsim.outcomes.preparation.prepared import Opened, Wanted, on_image


def open_modalities(names: Sequence[str], wanted: Wanted, progress: Progress) -> list[Opened]:
    """Classifiers and cases of the modalities of these names; a classifier for real images is trained if need be.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged, or a tactic names a surrogate for real
            images.
    """
    of_images = [name for name in names if name in IMAGE_MODALITIES]
    archives = find_archives(wanted.images) if wanted.images and of_images else {}
    for name in archives.keys() - set(of_images):
        progress.note(f"{name}: the scenario has no such modality, so its images are not used.")
    return [
        _open_images(name, wanted, archives, progress) if name in of_images else open_claims(wanted, progress)
        for name in names
    ]


def _open_images(name: str, wanted: Wanted, archives: Collection[str], progress: Progress) -> OpenedImages:
    attacks = {tactic: spec for tactic, spec in wanted.attacks.items() if on_image(spec)}
    kinds = kinds_named(attacks.values())
    if name in archives and kinds:
        raise ThreatsimError(
            f"tactics name a surrogate ({kinds[0].words()}), and those are trained on synthetic images only",
            hint="Run the scenario without --images, or take `surrogate` out of its tactics.",
        )
    archive = archive_for(shipped(name).card, wanted.images) if wanted.images and name in archives else None
    if wanted.images and archive is None:
        progress.note(f"{name}: no real images in {wanted.images}; synthetic ones are used.")
    networks = [name, f"{name}_hardened"] if wanted.hardened else [name]
    folders = [
        trained_on(archive, device=wanted.device, progress=progress, name=network) if archive else shipped(network)
        for network in networks
    ]
    absence = name in wanted.absent
    share = 1 - wanted.positive_share if absence else wanted.positive_share
    cases = archive.test if archive else synthetic_cases(folders[0].card, "test", wanted.cases, positive_share=share)
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
    )
