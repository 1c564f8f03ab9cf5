"""The ladder of surrogates on photographs that are easy to tell apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
import torch

from tests.outcomes.conftest import Quiet
from threatsim.classifiers.store import ClassifierFolder, open_classifier
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.outcomes.lab.ladder import RUNGS, Ladder, keep_ladder, ladder, recipe_of_rung, rungs_named
from threatsim.outcomes.lab.paper_table_run import TableRequest, run_table

CPU = torch.device("cpu")


class KilledTraining(Quiet):
    """Progress that ends the training of a rung after its first epoch."""

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        def advance(steps: int) -> None:
            if title.startswith("Training"):
                raise KeyboardInterrupt

        return nullcontext(advance)


def test_each_rung_is_trained_once_and_the_first_is_the_table_s_surrogate(
    archive: Path, trained: ClassifierFolder, quiet: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    rungs = [rung for rung in RUNGS if rung.name in ("same_recipe", "half")]

    def ask() -> tuple[Ladder, ClassifierFolder]:
        return ladder(str(trained.path), archive, cases=None, rungs=rungs, device=CPU, command="ladder", progress=quiet)

    with pytest.raises(KeyboardInterrupt):
        ladder(
            str(trained.path), archive, cases=None, rungs=rungs, device=CPU, command="ladder", progress=KilledTraining()
        )
    trainings = tmp_path / "cache" / "trainings"
    assert len(list(trainings.iterdir())) == 1
    made, folder = ask()
    assert list(trainings.iterdir()) == []
    same, half = made.rungs
    assert made.n == 40
    assert half.train == round(same.train / 2)
    assert half.correlation is None or -1 <= half.correlation <= 1
    files = {path: path.stat().st_mtime_ns for path in (cache_folder() / "surrogates").iterdir()}
    assert len(files) == 1  # the first rung lies beside the victim
    assert ask() == (made, folder)
    assert {path: path.stat().st_mtime_ns for path in files} == files

    request = TableRequest((str(trained.path),), archive, None, None, None, controls=False)
    (table,) = run_table(request, device=CPU, progress=quiet).tables
    (row,) = [row for row in table.rows if row.input == "pgd_black_box"]
    assert (row.accuracy, row.one_directional_success) == (same.accuracy, same.negative_to_positive)
    assert Ladder.model_validate_json(keep_ladder(made, folder).read_bytes()) == made


def test_rungs_are_named_and_a_wrong_name_lists_them() -> None:
    assert rungs_named(()) == RUNGS
    assert [rung.name for rung in rungs_named(("lite1", "frozen"))] == ["frozen", "lite1"]
    with pytest.raises(InputError, match="allowed are same_recipe, frozen"):
        rungs_named(("lite2",))


def test_a_rung_s_recipe_is_the_victim_s_but_for_what_the_rung_names(card: Path) -> None:
    base = open_classifier(card).card
    for rung in RUNGS:
        recipe = recipe_of_rung(base, rung)
        changed, known = recipe.model_dump(), base.recipe_for_archives.model_dump()
        differing = {name for name in changed.keys() | known.keys() if changed.get(name) != known.get(name)}
        assert differing <= set(rung.recipe)
        assert type(recipe).model_validate(recipe.model_dump()) == recipe
