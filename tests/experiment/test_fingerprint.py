from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import threatsim
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.record.fingerprint import canonical_json, fingerprint, run_id, tables_fingerprint, versions

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(max_examples=50, deadline=None)
@given(values)
def test_canonical_json_is_lossless_and_stable(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text
    assert json.loads(canonical_json(value, indent=1)) == value


def test_the_order_of_keys_does_not_matter_and_the_order_of_lists_does() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint(MappingProxyType({"b": (1, 2), "a": 1}))
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert fingerprint(1) != fingerprint("1")
    assert fingerprint(np.float64(0.1)) == fingerprint(0.1)
    assert fingerprint(np.arange(3)) == fingerprint([0, 1, 2])


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_what_json_lacks_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"[Oo]ut of range"):
        fingerprint(value)


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        fingerprint(object())


def test_run_id_is_the_head_of_the_fingerprint() -> None:
    assert run_id("0123456789abcdef" * 4) == "0123456789ab"


def test_tables_fingerprint(tables: Mapping[str, OutcomeTable]) -> None:
    table = tables["dermoscopy"]
    before = tables_fingerprint(tables)
    other_order = replace(table, attacked=dict(reversed(table.attacked.items())))
    assert tables_fingerprint({"dermoscopy": other_order}) == before
    big_endian = replace(table, clean=table.clean.astype(">f4"))
    assert tables_fingerprint({"dermoscopy": big_endian}) == before
    bumped = table.clean.copy()
    bumped[-1] = np.nextafter(bumped[-1], np.float32(2))
    renamed = {"other_name": table.attacked["code_only"], "pgd_white_box": table.attacked["pgd_white_box"]}
    for changed in (
        replace(table, clean=bumped),
        replace(table, labels=1 - table.labels),
        replace(table, patients=table.patients + 1),
        replace(table, attacked=renamed),
        replace(table, calibration_scores=table.calibration_scores[:-1]),
    ):
        assert tables_fingerprint({"dermoscopy": changed}) != before
    assert tables_fingerprint({"fundoscopy": table}) != before


def test_versions_are_found_without_importing_anything() -> None:
    code = (
        "import sys; from threatsim.experiment.record.fingerprint import versions; found = versions(); "
        "print({'torch', 'mesa', 'pandas', 'scipy', 'networkx'} & set(sys.modules), found['torch'])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["set()", versions()["torch"]]
    assert versions()["numpy"] == np.__version__
    assert versions()["threatsim"]


def test_the_versions_name_the_code_itself(tmp_path: Path) -> None:
    copied = tmp_path / "threatsim"
    shutil.copytree(Path(threatsim.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))

    def source() -> str:
        code = "from threatsim.experiment.record.fingerprint import versions; print(versions()['source'])"
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert source() == versions()["source"]  # wherever it lies
    with (copied / "market" / "model.py").open("a") as file:
        file.write("# another rule\n")
    assert source() != versions()["source"]
