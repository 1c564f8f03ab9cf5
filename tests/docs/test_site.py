"""The site builds without a warning; its reference holds every public name, command and field."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import threatsim
from threatsim.catalogue.attacks import ATTACKS
from threatsim.scenario.schema import Scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    built = tmp_path_factory.mktemp("site") / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", ROOT / "docs", built]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    )
    assert done.returncode == 0, done.stderr
    return built


def text_of(site: Path, page: str) -> str:
    return (site / page).read_text(encoding="utf-8")


def test_every_public_name_is_on_the_page_of_the_package(site: Path) -> None:
    page = text_of(site, "reference/generated/python.html")
    callables = [name for name in threatsim.__all__ if callable(getattr(threatsim, name))]
    assert callables
    assert [name for name in callables if f'id="threatsim.{name}"' not in page] == []


def test_every_section_and_attack_is_in_the_reference(site: Path) -> None:
    page = text_of(site, "reference/generated/scenario.html")
    assert [name for name in Scenario.model_fields if f">{name}<" not in page] == []
    page = text_of(site, "reference/generated/catalogue.html")
    assert [name for name in ATTACKS if f">{name}<" not in page] == []


def test_the_notebook_was_run(site: Path) -> None:
    page = text_of(site, "tutorials/reading-a-report.html")
    assert page.count('<div class="cell_output docutils container">') >= 6
    assert "payer_loss" in page


def test_the_flowchart_is_drawn(site: Path) -> None:
    page = text_of(site, "explanation/architecture.html")
    assert 'aria-label="cli above api' in page
    assert "experiment above outcomes" in page


def test_nothing_is_fetched_to_show_a_page(site: Path) -> None:
    pages = [str(page.relative_to(site)) for page in site.rglob("*.html")]
    assert len(pages) > 20
    assert '.svg" src="../_images/' in text_of(site, "tutorials/reading-a-report.html")
    for page in pages:
        text = text_of(site, page)
        assert 'src="http' not in text, page
        assert 'rel="stylesheet" href="http' not in text, page
        assert "jsdelivr" not in text, page  # whence Altair's own way of showing a chart fetches Vega
