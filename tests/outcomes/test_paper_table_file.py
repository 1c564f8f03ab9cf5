"""The table of a classifier of photographs, kept beside its weights and shown without them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.lab.paper_table_file import kept_table
from threatsim.outcomes.lab.paper_table_run import TableRequest, run_table

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all tests, whose classifiers are copies of one, so that an attack is run once."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path_factory.getbasetemp() / "tables"))


def request(name: Path, images: Path | None, **changes: object) -> TableRequest:
    request = {"cases": None, "epsilon": None, "pixel_range": None, "controls": False, "command": "table"} | changes
    return TableRequest((str(name),), images, **request)  # type: ignore[arg-type]


def test_a_kept_table_is_shown_without_photographs_and_only_for_its_weights(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    with pytest.raises(ThreatsimError, match="is of photographs, and no table is kept"):
        run_table(request(trained.path, None), device=CPU, progress=quiet)

    made = run_table(request(trained.path, archive, keep=True, controls=True), device=CPU, progress=quiet)
    (table,) = made.tables
    assert table.subject.real
    assert table.subject.n == 40  # all photographs of the test part
    inputs = [row.input for row in table.rows]
    assert "patch_shuffled" in inputs
    assert "patch_lens_white_box" not in inputs  # the recipe trains none
    assert {row["cases"] for row in made.flat()} == {"real"}

    shown = run_table(request(trained.path, None), device=CPU, progress=quiet)
    few = [row for row in table.rows if row.input not in ("patch_noise", "patch_shuffled")]
    assert list(shown.tables[0].rows) == few
    assert shown.curves == made.curves
    kept = kept_table(trained)
    assert kept is not None
    assert kept.command == "table"

    with pytest.raises(ThreatsimError, match=r"the table that is kept is of 0\.02"):
        run_table(request(trained.path, None, epsilon="4/255"), device=CPU, progress=quiet)
    weights = trained.path / "victim.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes((trained.path / "surrogate.safetensors").read_bytes())
    with pytest.raises(ThreatsimError, match="computed with other weights"):
        kept_table(trained)
    weights.write_bytes(whole)
    figures = trained.path / "figures.json"
    figures.write_text(figures.read_text().replace(kept.weights["victim"], "0" * 16))
    with pytest.raises(ThreatsimError, match="computed with other weights"):
        run_table(request(trained.path, None), device=CPU, progress=quiet)


def test_an_extended_table_keeps_the_rows_whose_weights_are_the_same(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    run_table(request(trained.path, archive, keep=True), device=CPU, progress=quiet)
    first = kept_table(trained)
    assert first is not None
    # other figures than an attack would give tell what is kept from what is measured
    marked = tuple(row.model_copy(update={"n": 7}) for row in first.table.rows)
    altered = first.model_copy(update={"table": first.table.model_copy(update={"rows": marked})})
    (trained.path / "paper_table.json").write_text(altered.model_dump_json())
    patches, _ = load_tensors(trained.path / "patches.safetensors")
    save_tensors({name: 1 - patch for name, patch in patches.items()}, trained.path / "patches.safetensors")
    made = run_table(request(trained.path, archive, keep=True, extend=True), device=CPU, progress=quiet)
    counts = {row.input: row.n for row in made.tables[0].rows}
    assert {name for name, n in counts.items() if n == 7} == {"pgd_white_box", "pgd_black_box"}
    assert {n for n in counts.values() if n != 7} == {40}
    after = kept_table(trained)
    assert after is not None
    assert after.curve == first.curve
    assert after.weights["patches"] != first.weights["patches"]


def test_of_an_archive_the_classifier_that_was_trained_on_it_is_taken(
    archive: Path, trained: ClassifierFolder, quiet: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "squares_package"
    shutil.copytree(trained.path, package / "classifiers" / "squares")
    for folder in (package, package / "classifiers"):
        (folder / "__init__.py").touch()
    about = tmp_path / "site" / "squares_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: squares_package\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[threatsim.classifiers]\nsquares = squares_package.classifiers\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    request = TableRequest((), archive, 12, None, None, controls=False)
    (table,) = run_table(request, device=CPU, progress=quiet).tables
    assert (table.subject.classifier, table.subject.real, table.subject.n) == ("squares", True, 12)


@pytest.mark.parametrize("changes", [{"cases": 12}, {"epsilon": "4/255"}])
def test_only_the_whole_table_is_kept(changes: dict[str, object], archive: Path, card: Path, quiet: Progress) -> None:
    with pytest.raises(ThreatsimError, match="a table is kept of all photographs"):
        run_table(request(card, archive, keep=True, **changes), device=CPU, progress=quiet)
