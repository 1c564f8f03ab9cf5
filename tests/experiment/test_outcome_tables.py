"""Outcomes on photographs as a table: what is looked up in it is what attacks on the photographs give."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML
from small_world import scenario_data

from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, open_classifier, shipped
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.figures.modality_figures import modality_inputs
from threatsim.experiment.outcome_tables import TableOptions, make_as_requested, verify_as_requested
from threatsim.experiment.preparation import prepare
from threatsim.experiment.tactics import attacks_of
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.kept_table import TABLE_NAME, KeptTable, read_table, write_table
from threatsim.outcomes.making.training import TrainRequest, train_as_requested
from threatsim.outcomes.preparation.images import PreparedImages
from threatsim.outcomes.preparation.kept import PreparedKept
from threatsim.outcomes.preparation.prepared import Prepared
from threatsim.scenario.schema import Scenario

CPU = torch.device("cpu")
MONEY = {"setup_cost": 0, "cost_per_claim": 0}
CONTROLS = {
    "duplicate_search": {"false_alarm": 0.2, "on_hit": "pend"},
    "detector": {"kind": "gaussian", "false_alarm": 0.2, "on_hit": "mark"},
}


class Quiet:
    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda finished: None)

    def note(self, text: str) -> None:
        pass


class Interrupted(Quiet):
    """Somebody presses Ctrl-C when so many attacks are done."""

    def __init__(self, after: int) -> None:
        self.left = after

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(self.advance if unit == "attacks" else lambda finished: None)

    def advance(self, finished: int) -> None:
        if self.left <= 0:
            raise KeyboardInterrupt
        self.left -= finished


def data(source: str = "real", *, epsilon: float = 0.02) -> dict[str, object]:
    """A scenario with noise, a query attack, pictures of other patients, and two controls on the picture."""
    found = scenario_data()
    found["cases"] = {"per_modality": 24, "source": source}
    found["tactics"]["pgd_white_box"] |= {"steps": 3, "epsilon": epsilon}
    found["tactics"]["substitution"] = {"attack": "substitution", "access": "none", **MONEY}
    found["tactics"]["square"] = {"attack": "square", "access": "queries", "epsilon": 0.5, "queries": 12, **MONEY}
    found["payers"][0] |= {"integrity": CONTROLS}
    return found


def prepared(scenario: Scenario, images: Path | None = None) -> Prepared:
    parts = prepare(
        scenario,
        attacks_of(scenario),
        arms=[scenario],
        images=images,
        device=CPU,
        bank=OutcomeBank(None),
        progress=Quiet(),
    )
    return parts["dermoscopy"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares of 32 pixels, the bright ones with the finding, some of which are as dark as the others."""
    folder = tmp_path_factory.mktemp("photographs") / "dermoscopy"
    (folder / "images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    rows = []
    for number in range(150):
        label = number % 2
        pixels = draw.integers(60, 160, (32, 32, 3)) + 60 * label
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{number}.png")
        rows.append([f"{number}.png", label, "test" if number < 40 else "train"])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image", "label", "split"], *rows])
    return folder.parent


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, archive: Path) -> Path:
    """An installed package with a classifier of photographs, trained in a moment, and no table yet."""
    site = tmp_path_factory.mktemp("site")
    folder = site / "squares" / "classifiers" / "squares_real"
    folder.mkdir(parents=True)
    base = YAML(typ="safe").load(shipped("dermoscopy").path / "card.yaml")
    base |= {
        "name": "squares_real",
        "limits": "Squares, and nothing but squares.",
        "photographs": {"archive": "squares", "licence": "ours", "squared": "squeezed"},
        "network": {"name": "EfficientNetLite0"},
        "recipe_for_archives": base["recipe_for_archives"] | {"epochs": 1, "batch_size": 16, "initial": "random"},
        "patches": {"steps": 1, "lens_steps": 1, "batch_size": 2},
    }
    base["data"]["image_size"] = 32
    YAML().dump(base, folder / "card.yaml")
    info = site / "squares-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: squares\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[threatsim.classifiers]\nsquares = squares.classifiers\n")
    train_as_requested(
        TrainRequest(str(folder), archive, folder, None, None, command="train"), device=CPU, progress=Quiet()
    )
    return site


@pytest.fixture(scope="module")
def folder(package: Path) -> ClassifierFolder:
    return open_classifier(package / "squares" / "classifiers" / "squares_real")


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenarios") / "small.yaml"
    YAML().dump(data(), path)
    return path


def request_for(folder: ClassifierFolder, archive: Path, scenario: Path) -> TableOptions:
    name = str(folder.path)
    return TableOptions(name, archive, [str(scenario)], negatives=None, positives=None, out=None, command="make")


@pytest.fixture(scope="module")
def table(folder: ClassifierFolder, archive: Path, scenario_file: Path) -> KeptTable:
    request = request_for(folder, archive, scenario_file)
    return make_as_requested(request, bank=OutcomeBank(None), device=CPU, progress=Quiet())


@pytest.fixture
def installed(package: Path, table: KeptTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(package))


@pytest.fixture
def copied(folder: ClassifierFolder, table: KeptTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package, for this test to damage."""
    site = tmp_path / "site"
    shutil.copytree(folder.path.parents[2], site)
    monkeypatch.syspath_prepend(str(site))
    return site / "squares" / "classifiers" / "squares_real"


def test_what_is_looked_up_is_what_attacks_on_the_photographs_give(archive: Path, installed: None) -> None:
    scenario = Scenario.model_validate(data())
    kept, again = prepared(scenario), prepared(scenario, archive)
    assert isinstance(kept, PreparedKept)
    assert isinstance(again, PreparedImages)
    left, right = kept.table, again.table
    assert len(left.labels) == 40
    for name in ("labels", "patients", "clean", "calibration_scores"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
    assert left.attacked.keys() == right.attacked.keys() == set(scenario.tactics)
    for tactic, scores in right.attacked.items():
        np.testing.assert_array_equal(left.attacked[tactic], scores, err_msg=tactic)
    assert (right.queries["square"] > 0).any()
    np.testing.assert_array_equal(left.queries["square"], right.queries["square"])
    assert set(right.control_statistics) == {"duplicate_search", "gaussian"}
    for control, seen in right.control_statistics.items():
        np.testing.assert_array_equal(left.control_statistics[control].clean, seen.clean, err_msg=control)
        np.testing.assert_array_equal(left.control_statistics[control].calibration, seen.calibration, err_msg=control)
        for tactic, statistics in seen.attacked.items():
            np.testing.assert_array_equal(
                left.control_statistics[control].attacked[tactic], statistics, err_msg=control
            )


def test_the_record_names_the_table_and_what_was_attacked_beside_it(table: KeptTable, installed: None) -> None:
    part = prepared(Scenario.model_validate(data()))
    known = part.description
    assert known.real
    assert known.kept is not None
    assert known.kept.table == table.digest
    assert known.kept.computed == table.record.computed
    assert known.limits == "Squares, and nothing but squares."
    assert modality_inputs(known).parts()[-1] == table.digest
    live = part.attacked_now
    assert (known.kept.live_cases, known.kept.live_pixels) == (len(live.table.labels), 64) == (24, 64)
    assert not live.description.real
    assert not live.table.control_statistics
    items = live.gallery(attacks_of(Scenario.model_validate(data())), 0.5)
    assert {item.tactic for item in items} == {"pgd_white_box", "substitution", "square"}


def test_an_attack_that_the_table_lacks_is_named_with_what_computes_it(installed: None) -> None:
    with pytest.raises(ThreatsimError, match=r"lacks pgd_white_box \(PGD, .*0\.03.*\)") as raised:
        prepared(Scenario.model_validate(data(epsilon=0.03)))
    assert "--images" in str(raised.value)
    assert "square" not in raised.value.message


def test_photographs_that_are_asked_for_must_be_installed() -> None:
    with pytest.raises(ThreatsimError, match="real, but no package") as raised:
        prepared(Scenario.model_validate(data()))
    assert "threatsim-real" in str(raised.value)
    assert not prepared(Scenario.model_validate(data("auto"))).description.real


def test_auto_is_real_where_the_package_is_installed_and_synthetic_is_as_it_was(installed: None) -> None:
    assert isinstance(prepared(Scenario.model_validate(data("auto"))), PreparedKept)
    assert isinstance(prepared(Scenario.model_validate(data("synthetic"))), PreparedImages)


def test_a_scenario_with_hardening_needs_synthetic_cases(installed: None) -> None:
    found = data("real")
    found["payers"][0] |= {"adaptation": {"harden": {"after_findings": 3}}}  # type: ignore[index]
    with pytest.raises(ThreatsimError, match="hardened classifier, and there is none of photographs"):
        prepared(Scenario.model_validate(found))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine": 1}, "version 1 of the attack engine"),
        ({"network": "another monai 1.5"}, "another network"),
        ({"weights": {"victim": "0" * 16}}, "its victim has the hash 0000000000000000"),
    ],
    ids=["another engine", "another network", "other weights"],
)
def test_a_table_that_does_not_fit_is_refused(copied: Path, change: dict[str, object], message: str) -> None:
    kept = read_table(copied / TABLE_NAME)
    write_table(kept.record.model_copy(update=change), kept.columns, kept.path)
    with pytest.raises(ThreatsimError, match=message):
        prepared(Scenario.model_validate(data()))


def test_a_damaged_table_is_one_message(copied: Path) -> None:
    path = copied / TABLE_NAME
    whole = path.read_bytes()
    for part in (b"", whole[: len(whole) // 2], b"not a table"):
        path.write_bytes(part)
        with pytest.raises(ThreatsimError, match="table of outcomes is damaged"):
            prepared(Scenario.model_validate(data()))


def test_two_packages_for_one_kind_of_image_are_refused(copied: Path, tmp_path: Path) -> None:
    shutil.copytree(copied, copied.parent / "other_real")
    with pytest.raises(InputError, match="two classifiers of photographs for dermoscopy"):
        prepared(Scenario.model_validate(data("auto")))


def test_rows_computed_anew_are_the_table_s(folder: ClassifierFolder, archive: Path, table: KeptTable) -> None:
    checks = verify_as_requested(str(folder.path), archive, rows=6, device=CPU, progress=Quiet())
    assert {check.state for check in checks} == {"ok"}
    columns = [check for check in checks if "rows are equal" in check.detail]
    assert len(columns) == len(table.record.columns) == 4
    assert all(check.detail.startswith("6 of 6") for check in columns)


def test_a_row_that_was_changed_is_found(copied: Path, archive: Path) -> None:
    kept = read_table(copied / TABLE_NAME)
    name = next(column.name for column in kept.record.columns if column.name.startswith("pgd"))
    changed = {**kept.columns, name: kept.columns[name] + np.float32(0.05)}
    write_table(kept.record, changed, kept.path)
    checks = verify_as_requested(str(copied), archive, rows=3, device=CPU, progress=Quiet())
    assert [check.artefact.partition(":")[0] for check in checks if check.state == "differs"] == [name]


def test_photographs_that_are_not_there_are_told_of(
    folder: ClassifierFolder, archive: Path, table: KeptTable, tmp_path: Path
) -> None:
    smaller = tmp_path / "photographs"
    shutil.copytree(archive, smaller)
    draw = np.random.default_rng(1)
    for number in (0, 1, 2):
        Image.fromarray(draw.integers(0, 255, (32, 32, 3)).astype(np.uint8)).save(
            smaller / "dermoscopy" / "images" / f"{number}.png"
        )
    checks = verify_as_requested(str(folder.path), smaller, rows=2, device=CPU, progress=Quiet())
    notes = [check for check in checks if check.state == "note"]
    assert notes[0].detail.startswith("37 of the 40 in the table are in the archive; 2 are attacked")
    assert any("sends pictures that are not here" in check.detail for check in notes)
    assert not [check for check in checks if check.state == "differs"]


def test_a_table_that_was_interrupted_goes_on_from_there(
    folder: ClassifierFolder, archive: Path, scenario_file: Path, tmp_path: Path
) -> None:
    request = replace(request_for(folder, archive, scenario_file), out=tmp_path / "made")
    with pytest.raises(KeyboardInterrupt):
        make_as_requested(request, bank=OutcomeBank(tmp_path), device=CPU, progress=Interrupted(40))
    assert not (tmp_path / "made").exists()
    going_on = Interrupted(80)  # the first attack is not run again
    made = make_as_requested(request, bank=OutcomeBank(tmp_path), device=CPU, progress=going_on)
    assert going_on.left == 0
    assert made.record.images == made.record.tested == 40


def test_an_extended_table_keeps_what_it_has_and_runs_the_rest(
    copied: Path, archive: Path, scenario_file: Path, table: KeptTable, tmp_path: Path
) -> None:
    names = {column.name: column for column in table.record.columns}
    noise = next(name for name in names if name.startswith("pgd"))
    marked = np.linspace(0, 1, table.record.images, dtype=np.float32)  # told from what an attack would give
    write_table(table.record, {**table.columns, noise: marked}, copied / TABLE_NAME)
    other = tmp_path / "other.yaml"
    YAML().dump({**data(epsilon=0.03), "name": "other"}, other)
    request = TableOptions(
        str(copied), archive, [str(scenario_file), str(other)], None, None, None, command="further", extend=True
    )
    made = make_as_requested(request, device=CPU, progress=Quiet())
    np.testing.assert_array_equal(made.columns[noise], marked)
    (new,) = {column.name for column in made.record.columns} - names.keys()
    alone = make_as_requested(
        replace(request, extend=False, out=tmp_path), bank=OutcomeBank(None), device=CPU, progress=Quiet()
    )
    np.testing.assert_array_equal(made.columns[new], alone.columns[new])
    assert made.record.earlier == (f"{table.record.computed}: make",)
    assert all(column.rounded is None for column in made.record.columns)


def test_a_column_from_another_computer_is_held_to_decisions_and_the_others_to_scores(
    copied: Path, archive: Path
) -> None:
    kept = read_table(copied / TABLE_NAME)
    noise = next(column for column in kept.record.columns if column.name.startswith("pgd"))
    elsewhere = noise.model_copy(update={"rounded": ("1.0", "cpu", "0" * 16)})
    columns = tuple(elsewhere if column is noise else column for column in kept.record.columns)
    # so far off that a score of this computer would be refused, and no decision another
    moved = np.where(kept.columns[noise.name] >= kept.record.threshold, np.float32(1), np.float32(0))
    write_table(kept.record.model_copy(update={"columns": columns}), {**kept.columns, noise.name: moved}, kept.path)
    checks = verify_as_requested(str(copied), archive, rows=4, device=CPU, progress=Quiet())
    assert not [check for check in checks if check.state == "differs"]
    assert next(check for check in checks if check.artefact == "numerics").detail.startswith(
        f"processor or torch are not those of 1 of the table's {len(columns)} columns"
    )


def test_only_a_table_of_these_photographs_is_extended(copied: Path, archive: Path, scenario_file: Path) -> None:
    request = TableOptions(str(copied), archive, [str(scenario_file)], 7, 5, None, command="further", extend=True)
    before = (copied / TABLE_NAME).read_bytes()
    with pytest.raises(ThreatsimError, match=r"the table is of other photographs: 40 of .*, not 12 of"):
        make_as_requested(request, device=CPU, progress=Quiet())
    assert (copied / TABLE_NAME).read_bytes() == before


def test_a_table_of_some_photographs_says_so(
    folder: ClassifierFolder, archive: Path, scenario_file: Path, table: KeptTable, tmp_path: Path
) -> None:
    request = replace(request_for(folder, archive, scenario_file), out=tmp_path, negatives=7, positives=5)
    made = make_as_requested(request, bank=OutcomeBank(None), device=CPU, progress=Quiet())
    assert (made.record.images, made.record.tested) == (12, 40)
    rows = [table.cases.fingerprints.index(image) for image in made.cases.fingerprints]
    name = next(column.name for column in made.record.columns if column.name.startswith("pgd"))
    np.testing.assert_array_equal(made.columns[name], table.columns[name][rows])
    assert sorted(made.columns["label"].tolist()) == [0] * 7 + [1] * 5


def test_only_photographs_that_the_classifier_was_measured_on_make_its_table(
    folder: ClassifierFolder, archive: Path, scenario_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "photographs"
    shutil.copytree(archive, other)
    shutil.copyfile(other / "dermoscopy" / "images" / "100.png", other / "dermoscopy" / "images" / "102.png")
    with pytest.raises(ThreatsimError, match="was trained and measured on archive dermoscopy"):
        make_as_requested(
            request_for(folder, other, scenario_file), bank=OutcomeBank(None), device=CPU, progress=Quiet()
        )
    request = request_for(shipped("dermoscopy"), archive, scenario_file)
    with pytest.raises(InputError, match="is no classifier of photographs"):
        make_as_requested(request, bank=OutcomeBank(None), device=CPU, progress=Quiet())


def test_the_table_holds_no_pixel_and_names_its_pictures_by_content(
    folder: ClassifierFolder, archive: Path, table: KeptTable
) -> None:
    test = archive_for(folder.card, archive).test
    assert table.cases.fingerprints == test.fingerprints
    assert table.cases.patient_ids == test.patient_ids
    assert table.path.stat().st_size < 40 * 32 * 32 * 3 / 2
    with pytest.raises(ThreatsimError, match="not they themselves"):
        table.cases.with_pictures()
