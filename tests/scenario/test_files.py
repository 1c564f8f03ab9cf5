"""Files that are no scenario at all: each gives one clear error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import BOUNDS
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

Load = Callable[[str], LoadedScenario]


def message_of(path: str | Path) -> str:
    with pytest.raises(ThreatsimError) as raised:
        load_scenario(path)
    return str(raised.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"# nothing but a comment\n", "the file is empty"),
        (b"---\n", "single value"),
        (b"- a\n- b\n", "the file is a list"),
        (b"just text\n", "the file is a single value"),
        (b"{}\n", "holds no keys"),
        (b"\xff\xfen\x00", "byte 0xFF is not UTF-8"),
        ("title: café".encode("latin-1"), "s.yaml:1:11: byte 0xE9"),
        (b"title: a\x00b", "U+0000"),
        (b"seed: 1\ntitle: a\x07b", "s.yaml:2:9: the character U+0007"),
        (b"[" * 1000, "too deep"),
        (b"a: " + b"{b: " * 60 + b"1" + b"}" * 60, "more than 40 deep"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8"),
        (b"%YAML 1.1\n---\nseed: 1\n", "lacks"),
        (b"? [a]\n: 1\nseed: 2\n", "cannot be a key"),
        (b"!!python/object/apply:os.system [exit]\n", "the file is a list"),
    ],
)
def test_content_that_is_no_scenario(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    assert expected in message_of(path)


def test_nothing_is_executed(tmp_path: Path, small_text: str) -> None:
    witness = tmp_path / "witness"
    path = tmp_path / "s.yaml"
    path.write_text(small_text.replace("care_cost: 30", f"care_cost: !!python/object/apply:os.mkdir ['{witness}']"))
    assert "not allowed" in message_of(path)
    assert not witness.exists()


def test_bomb_of_aliases_is_defused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "s.yaml"
    path.write_text("\n".join(lines))
    message = message_of(path)
    assert "more than 50,000 values" in message
    assert len(message.splitlines()) < 60


def test_file_too_large(tmp_path: Path, small_text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(small_text + "#" * BOUNDS["scenario"])
    assert "larger than 1,000,000 bytes" in message_of(path)


def test_folder_names_the_scenarios_in_it(tmp_path: Path, small_text: str) -> None:
    (tmp_path / "mine.yaml").write_text(small_text)
    message = message_of(tmp_path)
    assert "folder" in message
    assert "mine.yaml" in message


def test_file_that_may_not_be_read(tmp_path: Path, small_text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(small_text)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")
    assert "cannot be read" in message_of(path)


@pytest.mark.parametrize("name", ["insurance_upcodign", "insurance-upcoding.yaml", "Insurance_Upcoding"])
def test_misspelt_name_gives_the_nearest(name: str) -> None:
    assert "Did you mean 'insurance_upcoding'?" in message_of(name)


@pytest.mark.parametrize("name", ["", " ", "a\0b", "no/such/folder/x.yaml", "/dev/null", "x" * 5000])
def test_names_that_are_none(name: str) -> None:
    message_of(name)


@pytest.mark.parametrize("name", ["insurance_upcoding", "insurance_upcoding.yaml"])
def test_library_scenario_loads_by_name_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_scenario(name).scenario.name == "insurance_upcoding"


def test_file_here_wins_over_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_text: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("insurance_upcoding.yaml").write_text(small_text)
    assert load_scenario("insurance_upcoding.yaml").scenario.name == "small"


def test_line_ends_and_byte_order_mark_do_not_matter(small_text: str, load_text: Load) -> None:
    plain = load_text(small_text).scenario
    assert load_text("\ufeff" + small_text.replace("\n", "\r\n")).scenario == plain


def test_merge_key_fills_in_what_is_not_said(small_text: str, load_text: Load) -> None:
    text = small_text.replace("audit: *audit", "audit:\n      <<: *audit\n      random: 0.05")
    public, private = (payer.audit for payer in load_text(text).scenario.payers)
    assert float(private.random) == 0.05
    assert private.model_copy(update={"random": public.random}) == public


def test_loading_needs_no_heavy_library() -> None:
    code = (
        "import sys; from threatsim.scenario.reading.reader import load_scenario; load_scenario('insurance_upcoding'); "
        "print(sorted({'torch', 'numpy', 'pandas', 'mesa', 'networkx', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
