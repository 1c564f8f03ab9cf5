"""Commands without the seconds that importing takes: a process that has imported everything forks for each of them.

The child is the program from its entry point on, in a process of its own, with its own folder, environment and output.
What Python or the libraries read when they start (PYTHONPATH, a locale, switches of numpy and torch) cannot be set this
way; such a command is started anew by the fixture. Run as a program, this is the server: a line of JSON asks for a
command on its input, and a line with the exit code answers on its output.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LATE = ("COLUMNS", "THREATSIM_CACHE")
"""Variables that the program reads when it wants them, so that a child may have others than the server."""

LONGEST = 600
"""Seconds after which a command is ended."""

NOT_IMPORTED = ("threatsim.__main__",)
"""The child imports it, as the program's first step."""


class CommandServer:
    """Starts the server when it is first asked for a command, and stops it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run `threatsim ARGUMENTS` in a folder; the exit code is negative where a signal ended it.

        Args:
            environment: variables of `LATE`, beside those of this process as they are now.
        """
        if self._process is None:
            command = [sys.executable, __file__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        files = [folder.parent / f"{folder.name}.{name}" for name in ("stdout", "stderr")]
        asked = {
            "arguments": list(arguments), "folder": str(folder), "environment": {**os.environ, **environment},
            "files": [str(file) for file in files],
        }  # fmt: skip
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        out, err = (file.read_text(encoding="utf-8") for file in files)
        for file in files:
            file.unlink()
        return subprocess.CompletedProcess(["threatsim", *arguments], code, out, err)

    def stop(self) -> None:
        """Stop the server, if it was started."""
        if self._process is not None:
            self._process.communicate()


def _import_all() -> None:
    """Import what commands import, so that the children need not."""
    from threatsim.common.numerics import wait_asleep

    wait_asleep()
    import threatsim

    for module in pkgutil.walk_packages(threatsim.__path__, "threatsim."):
        if module.name not in NOT_IMPORTED:
            importlib.import_module(module.name)


def _child(asked: dict[str, Any]) -> None:
    """Be the program; never returns."""
    code = 0
    try:
        signal.alarm(LONGEST)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update({**asked["set"], **asked["environment"]})
        for number, name in enumerate(asked["files"], start=1):
            end = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(end, number)
            os.close(end)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
            mode = "r" if number == 0 else "w"
            errors = "backslashreplace" if name == "stderr" else "strict"
            setattr(sys, name, open(number, mode, encoding="utf-8", errors=errors, closefd=False))  # noqa: SIM115
        sys.argv = ["threatsim", *asked["arguments"]]
        from threatsim.__main__ import main

        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # what is above this call on the stack is the server's


def _serve() -> None:
    before = set(os.environ)
    _import_all()
    by_imports = {name: value for name, value in os.environ.items() if name not in before}
    for line in sys.stdin:
        asked = json.loads(line) | {"set": by_imports}
        child = os.fork()
        if child == 0:
            _child(asked)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
