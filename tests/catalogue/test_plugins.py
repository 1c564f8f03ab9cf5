"""Plug-ins: found by name, loaded when needed, and every fault reported once with the package that has it."""

from __future__ import annotations

import importlib
import logging
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from threatsim.catalogue import plugins
from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.metrics import METRICS
from threatsim.catalogue.names import NameOf
from threatsim.catalogue.plugins import OFF, folders, offers, without_plugins
from threatsim.catalogue.row import Registry, Row
from threatsim.classifiers.store import added_names, shipped
from threatsim.common.errors import PluginError
from threatsim.common.library import library_folder
from threatsim.scenario.reading.scenario_library import find_scenario, scenario_names

GROUP = "threatsim.fruits"


class Fruit(Row):
    """A kind of its own."""

    unit: str = Field(description="What it is weighed in.", min_length=1)


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package of one module: name, the module's text, and entry points name -> value of a group."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delenv(OFF, raising=False)

    def install(package: str, text: str, group: str = GROUP, version: str = "1.0", **entries: str) -> Path:
        module = site / package.replace("-", "_")
        module.mkdir(exist_ok=True)
        (module / "__init__.py").write_text(text)
        info = site / f"{module.name}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        lines = "\n".join(f"{name} = {value}" for name, value in entries.items())
        (info / "entry_points.txt").write_text(f"[{group}]\n{lines}\n")
        monkeypatch.delitem(sys.modules, module.name, raising=False)
        return module

    return install


@pytest.fixture(autouse=True)
def _forget() -> None:
    plugins._offers.cache_clear()
    importlib.invalidate_caches()
    plugins._source.cache_clear()
    plugins._warn.cache_clear()


def _row(name: str, **fields: object) -> str:
    given = {"name": name, "title": name.capitalize(), "text": "Grows.", "unit": "kg", **fields}
    return "from tests_fruit import Fruit\n" + f"{name.upper()} = Fruit(**{given!r})\n"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plug-ins import the kind of row from a module, as they do from threatsim."""
    module = types.ModuleType("tests_fruit")
    module.Fruit = Fruit  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tests_fruit", module)


def _own() -> Fruit:
    return Fruit(name="pear", title="Pear", text="Grows.", unit="kg")


def _fruits() -> Registry[Fruit]:
    return Registry("fruit", Fruit, [_own()], group=GROUP)


def test_a_plug_in_is_loaded_when_its_name_is_asked_for_and_not_before(install: Install) -> None:
    install("orchard", _row("apple"), apple="orchard:APPLE")
    fruits = _fruits()
    assert fruits["pear"].package.name == "threatsim"
    assert next(iter(fruits)) == "pear"
    assert "orchard" not in sys.modules
    found = fruits["apple"]
    assert (found.package.name, found.package.version) == ("orchard", "1.0")
    assert len(found.package.source) == 16
    assert list(fruits) == ["pear", "apple"]
    assert "plum" not in fruits


def test_a_name_may_have_its_package_before_it(install: Install) -> None:
    install("orchard-north", _row("apple"), apple="orchard_north:APPLE")
    fruits = _fruits()
    assert fruits["orchard-north/apple"] == fruits["orchard_north/apple"] == fruits["apple"]
    assert fruits["threatsim/pear"] == fruits["pear"]
    for wrong in ("orchard/apple", "threatsim/apple", "orchard_north/pear"):
        assert wrong not in fruits
    named = TypeAdapter(Annotated[str, NameOf(lambda: fruits)])
    assert named.validate_python("orchard-north/apple") == named.validate_python("apple") == "apple"
    assert named.json_schema() == {"enum": ["pear", "apple"], "type": "string"}
    with pytest.raises(ValidationError, match="Input should be 'pear' or 'apple'"):
        named.validate_python("orchard/apple")


def test_one_that_breaks_is_named_once_and_the_rest_goes_on(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("orchard", _row("apple"), apple="orchard:APPLE")
    install("swamp", "raise OSError('no ground')", reed="swamp:REED")
    fruits = _fruits()
    with caplog.at_level(logging.WARNING):
        assert list(fruits) == ["pear", "apple"]
        assert list(fruits) == ["pear", "apple"]
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning == (
        "package 'swamp': its fruit 'reed = swamp:REED' cannot be loaded: OSError('no ground'); it is left out."
    )
    with pytest.raises(PluginError, match="package 'swamp': its fruit 'reed = swamp:REED' cannot be loaded"):
        fruits.find("reed")


@pytest.mark.parametrize(
    ("text", "entries", "message"),
    [
        (_row("apple"), {"apple": "orchard:PEAR"}, "its fruit 'apple = orchard:PEAR' cannot be loaded: AttributeError"),
        (_row("apple", unit=""), {"apple": "orchard:APPLE"}, "its fruit 'apple = orchard:APPLE' is refused: unit: "),
        (_row("apple"), {"cider": "orchard:APPLE"}, "its fruit is called 'apple' in its row and 'cider' in its entry"),
        (_row("pear"), {"pear": "orchard:PEAR"}, "has a name that package 'threatsim' has taken"),
        ("APPLE = 3", {"apple": "orchard:APPLE"}, "its fruit is a int, no Fruit"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_the_package(
    install: Install, caplog: pytest.LogCaptureFixture, text: str, entries: dict[str, str], message: str
) -> None:
    install("orchard", text, **entries)
    assert list(_fruits()) == ["pear"]
    assert message in caplog.text
    assert "package 'orchard': " in caplog.text


@pytest.mark.parametrize(
    ("table", "made", "message"),
    [
        (
            ATTACKS,
            "from threatsim.catalogue.attacks import FGSM as ROW, AttackRow as Row",
            "its attack 'apple = orchard:APPLE' is refused: depends_on: field required",
        ),
        (
            METRICS,
            "from threatsim.catalogue.metrics import METRICS, MetricRow as Row\nROW = METRICS['control_cost']",
            "its metric 'apple = orchard:APPLE' is refused: unit: field required",
        ),
    ],
)
def test_an_attack_must_say_what_it_depends_on_and_a_metric_its_unit(
    install: Install, table: Registry[Any], made: str, message: str
) -> None:
    left_out = message.split(": ")[1]
    text = f"{made}\nAPPLE = Row(**ROW.model_copy(update={{'name': 'apple'}}).model_dump(exclude={{'{left_out}'}}))\n"
    install("orchard", text, group=table.group, apple="orchard:APPLE")
    rows: Registry[Any] = Registry(table.kind, table.row_type, group=table.group)
    with pytest.raises(PluginError) as refused:
        rows.find("apple")
    assert str(refused.value) == f"package 'orchard': {message}"


def test_two_plug_ins_of_one_name_are_both_refused(install: Install) -> None:
    install("orchard", _row("apple"), apple="orchard:APPLE")
    install("garden", _row("apple"), apple="garden:APPLE")
    fruits = _fruits()
    assert list(fruits) == ["pear"]
    with pytest.raises(PluginError, match="package 'garden': its fruit 'apple' has a name that package 'orchard' has"):
        fruits.find("apple")


def test_plug_ins_can_be_off(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("orchard", _row("apple"), apple="orchard:APPLE")
    fruits = _fruits()
    assert "apple" in fruits
    with without_plugins():
        assert list(fruits) == ["pear"]
        assert "apple" not in fruits
    assert "apple" in fruits
    monkeypatch.setenv(OFF, "1")
    assert list(fruits) == ["pear"]
    assert offers(GROUP) == ()


def test_the_hash_of_the_source_is_of_every_python_file_and_nothing_else(install: Install) -> None:
    def source() -> str:
        plugins._source.cache_clear()
        return offers(GROUP)[0].source

    module = install("orchard", _row("apple"), apple="orchard:APPLE")
    first = source()
    (module / "notes.txt").write_text("ripe")
    assert source() == first
    (module / "graft.py").write_text("SCION = 1\n")
    second = source()
    (module / "graft.py").write_text("SCION = 2\n")
    third = source()
    (module / "graft.py").rename(module / "bud.py")
    assert len({first, second, third, source()}) == 4
    assert "orchard" not in sys.modules


def test_a_folder_is_found_without_running_code(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    module = install("orchard", "raise OSError", group="threatsim.scenarios", rows="orchard.rows")
    assert folders("threatsim.scenarios") == folders("threatsim.scenarios") == []
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning == "package 'orchard': its entry point 'rows = orchard.rows' is no folder; it is left out."
    (module / "rows").mkdir()
    assert [path for _, path in folders("threatsim.scenarios")] == [module / "rows"]


def test_a_scenario_of_a_shipped_name_is_told_of_once_and_found_by_its_package(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    own = library_folder("scenarios") / "national_year.yaml"
    module = install("orchard", "raise OSError", group="threatsim.scenarios", rows="orchard.rows")
    (module / "rows").mkdir()
    (module / "rows" / own.name).write_text("name: national_year\n")
    (module / "rows" / "harvest.yaml").write_text("name: harvest\n")
    assert find_scenario("national_year") == own
    assert find_scenario("orchard/national_year") == module / "rows" / own.name
    assert scenario_names().count("national_year") == scenario_names().count("harvest") == 1
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning == (
        "package 'orchard': its scenario 'national_year' has a name that package 'threatsim' has given as well; "
        "'national_year' is threatsim's, 'orchard/national_year' the other."
    )
    with without_plugins():
        assert find_scenario("national_year") == own


def test_a_classifier_of_a_shipped_name_is_told_of_once_and_found_by_its_package(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    own = library_folder("classifiers") / "dermoscopy"
    module = install("orchard", "raise OSError", group="threatsim.classifiers", networks="orchard.networks")
    added = module / "networks" / "dermoscopy"
    added.mkdir(parents=True)
    (added / "card.yaml").write_bytes((own / "card.yaml").read_bytes())
    assert shipped("dermoscopy").path == own
    assert shipped("orchard/dermoscopy").path == added
    assert added_names() == ["dermoscopy"]
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.startswith("package 'orchard': its classifier 'dermoscopy' has a name that package 'threatsim' has")
