"""A word of a command comes out of a shell as it went in."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from threatsim.common.shell import quoted

WORDS = [
    "payers.*.audit.random=0.02",
    "my file.yaml",
    "it's",
    "a,b",
    "=x",
    "~",
    "$HOME",
    "",
    'say "it\'s"',
    "[a]",
    "{a,b}",
]


@pytest.mark.parametrize("plain", ["mine.yaml", "reports/mine/1a2b", "C:/x", "seed=3", "0.1:0.2"])
def test_what_no_shell_reads_as_anything_else_stays_bare(plain: str) -> None:
    assert quoted(plain) == plain


def test_a_shell_hands_on_what_was_quoted() -> None:
    shell = shutil.which("zsh") or shutil.which("bash") or shutil.which("sh")
    if shell is None:
        pytest.skip("there is no shell here")
    script = "printf '%s\\n' " + " ".join(map(quoted, WORDS))
    ran = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == WORDS
