"""The classifier that a scenario names in place of the one called as the kind of image."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.attacks.conftest import CPU
from threatsim.catalogue.pictures.classifier_folders import is_users_own
from threatsim.classifiers.store import shipped
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.outcomes.preparation.images import OpenedImages
from threatsim.outcomes.preparation.opening import open_modalities
from threatsim.outcomes.preparation.prepared import Source, Wanted
from threatsim.report.terminal.progress_bars import TerminalProgress

SILENT = TerminalProgress(Console(file=StringIO()))


def wanted(classifier: Path | str, *, hardened: bool = False, source: Source = "synthetic") -> Wanted:
    named = {"chest_xray": str(classifier)}
    return Wanted({}, 20, 0.5, set(), hardened, None, CPU, source=source, classifiers=named)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """Return a user's own classifier of films: the hardened one under another name."""
    folder = shutil.copytree(shipped("chest_xray_hardened").path, tmp_path / "ours")
    card = folder / "card.yaml"
    card.write_text(card.read_text("utf-8").replace("name: chest_xray_hardened", "name: ours", 1), "utf-8")
    return folder


def test_it_is_the_one_that_is_attacked_and_it_is_told_by_its_name(ours: Path) -> None:
    (opened,) = open_modalities(["chest_xray"], wanted(ours), SILENT)
    assert isinstance(opened, OpenedImages)
    assert [victim.folder.path for victim in opened.victims] == [ours]
    hardened = shipped("chest_xray_hardened").load("victim", CPU)[1]
    assert opened.victims[0].threat_model.fingerprints["victim"] == hardened
    assert is_users_own(str(ours))
    assert not is_users_own("chest_xray_hardened")


def test_a_payer_may_change_to_its_own_hardened_one_alone(ours: Path) -> None:
    with pytest.raises(InputError, match=r"there is no '.*ours_hardened' beside"):
        open_modalities(["chest_xray"], wanted(ours, hardened=True), SILENT)


def test_the_card_is_believed_and_not_the_scenario(ours: Path) -> None:
    card = ours / "card.yaml"
    card.write_text(card.read_text("utf-8").replace("modality: chest_xray", "modality: fundoscopy", 1), "utf-8")
    with pytest.raises(InputError, match=r"modalities\.chest_xray\.classifier: '.*' reads fundoscopy"):
        open_modalities(["chest_xray"], wanted(ours), SILENT)


def test_one_of_photographs_needs_them(ours: Path) -> None:
    card = ours / "card.yaml"
    said = "photographs: {archive: Ours, licence: none, squared: squeezed}\n"
    card.write_text(card.read_text("utf-8") + said, "utf-8")
    with pytest.raises(InputError, match="was trained on photographs, and the cases are synthetic"):
        open_modalities(["chest_xray"], wanted(ours), SILENT)
    with pytest.raises(ThreatsimError, match="has no table of outcomes on photographs beside it"):
        open_modalities(["chest_xray"], wanted(ours, source="real"), SILENT)
