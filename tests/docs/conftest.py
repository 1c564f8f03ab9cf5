"""A desk for whoever follows a page of the documentation."""

from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell in which `threatsim` and `python` are those under test, and `pip` installs into a folder of its own."""
    programs, packages = tmp_path_factory.mktemp("bin"), tmp_path_factory.mktemp("packages")
    for name, called in {"threatsim": "-m threatsim", "python": "", "pip": "-m pip --quiet"}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {called} "$@"\n')
        program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "OMP_NUM_THREADS": "1",
        "THREATSIM_CACHE": os.environ.get("THREATSIM_CACHE", str(tmp_path_factory.mktemp("cache"))),
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config")),  # what is trusted here is trusted nowhere else
        "PYTHONPATH": os.pathsep.join([str(packages), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PIP_TARGET": str(packages),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # which is how pip is told so in the environment: nothing is downloaded
    }
