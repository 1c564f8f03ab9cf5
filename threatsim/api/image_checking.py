"""`threatsim.check_images`: what archives of real images have, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from threatsim.api.options import progress_of
from threatsim.common.progress import Progress
from threatsim.outcomes.archive_check import ArchiveCheck, check_archives


def check_images(
    path: str | Path,
    *,
    modality: str | None = None,
    finding: str | None = None,
    quick: bool = False,
    progress: bool | Progress = False,
) -> list[ArchiveCheck]:
    """Check archives of real images before they are used, as `threatsim images check` does.

    Args:
        path: an archive as published or of your own, or a folder with one for each modality.
        modality: the one to check; all if None.
        finding: what label 1 is to stand for, as in `Pneumonia`; each layout's first one if None.
        quick: whether to read the beginning of each file alone, so that damage further on is not found.
        progress: False prints nothing, True shows a bar on stderr; or what is told of each stage.

    Returns:
        A check of each archive: its layout, its images by split, and its problems; `is_usable` if there are none.

    Raises:
        InputError: there is no archive, its layout is not recognised, or a table of it cannot be read.
    """
    return check_archives(Path(path), modality=modality, finding=finding, quick=quick, progress=progress_of(progress))
