"""Code that pages show, beyond commands: scenarios are read, and so is what goes into other files.

Python that is not run (`shown.RUN` has the pages whose is) is held against the package's types by
`tests/api/test_outside_package.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import threatsim
import threatsim.catalogue
from tests.docs.shown import PAGES, ROOT, Shown, pieces, words
from tests.docs.test_shown_commands import read
from threatsim.calibration.moments_file import read_moments
from threatsim.catalogue.row import Registry

POPULATION = "id,specialty,services_92250,services_71046\na,ophthalmology,900,0\nb,radiology,0,1200\n"
OTHER_FILES = {"docs/how-to/cluster.md", "docs/how-to/calibrate.md", "docs/how-to/plugins.md"}
"""Pages whose YAML is no scenario, or one of a package that is not installed."""


def blocks(page: Path, kind: str) -> list[Shown]:
    return [piece for piece in pieces(page) if piece.kind == kind]


def data_of(piece: Shown) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(piece.text)
    return found


def scenario_pages() -> list[Path]:
    """Return the pages that show scenarios, or parts of some, but for tutorials, which are followed to their end."""
    names = {page: str(page.relative_to(ROOT)) for page in PAGES if blocks(page, "yaml")}
    return [page for page, name in names.items() if name not in OTHER_FILES and not name.startswith("docs/tutorials/")]


@pytest.mark.parametrize("page", scenario_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_scenarios_that_are_shown_are_read(page: Path, tmp_path: Path) -> None:
    (tmp_path / "population.csv").write_text(POPULATION, encoding="utf-8")
    parts: dict[str, Any] = {"extends": "insurance_upcoding", "name": "mine"}
    whole = 0
    for piece in blocks(page, "yaml"):
        file = tmp_path / "shown.yaml"
        if "extends" in data_of(piece):
            file.write_text(piece.text, encoding="utf-8")
            threatsim.Scenario.load(file)
            whole += 1
        else:  # a part: one section after another of one scenario
            assert not set(data_of(piece)) & set(parts), piece.place
            parts |= data_of(piece)
    if len(parts) > 2:
        assert threatsim.Scenario.from_dict(parts).sections.name == "mine"
    assert whole >= 1


def test_the_moments_that_are_shown_are_read(tmp_path: Path) -> None:
    (piece,) = blocks(ROOT / "docs/how-to/calibrate.md", "yaml")
    file = tmp_path / "my_moments.yaml"
    file.write_text(piece.text, encoding="utf-8")
    assert set(read_moments(file).used("fit")) == {"outliers"}


def test_the_job_of_a_cluster_calls_a_command(tmp_path: Path) -> None:
    (piece,) = blocks(ROOT / "docs/how-to/cluster.md", "yaml")
    (container,) = data_of(piece)["spec"]["template"]["spec"]["containers"]
    *_, option, line = container["command"]
    assert option == "-c"
    ((_, *given),) = words(["env", "JOB_COMPLETION_INDEX=2", "bash"], [line], tmp_path)
    command, values = read(given)
    assert command.name == "run-shard"
    assert values["shard"] == "3/20"


def test_what_another_package_declares_is_what_may_be_declared() -> None:
    page = ROOT / "docs/how-to/plugins.md"
    modules = pkgutil.walk_packages(threatsim.catalogue.__path__, "threatsim.catalogue.")
    values = [value for one in modules for value in vars(importlib.import_module(one.name)).values()]
    groups = {value.group for value in values if isinstance(value, Registry)} - {None, ""}
    groups |= {"threatsim.classifiers", "threatsim.scenarios"}  # folders, which need no row
    assert set(re.findall(r"^\| `(threatsim\.\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE)) == groups
    example = tomllib.loads((ROOT / "examples/dental_plugin/pyproject.toml").read_text(encoding="utf-8"))
    given = example["project"]["entry-points"]
    for piece in [*blocks(page, "toml"), *blocks(ROOT / "docs/tutorials/attack-of-your-own.md", "toml")]:
        points = tomllib.loads(piece.text).get("project", {})["entry-points"]
        assert set(points) <= groups, piece.place
        if piece.place.startswith("docs/how-to"):  # it quotes the example
            assert all(given[group].items() >= entries.items() for group, entries in points.items())
    (tactic,) = data_of(blocks(page, "yaml")[0])["tactics"].values()
    assert tactic["attack"] in given["threatsim.attacks"]
