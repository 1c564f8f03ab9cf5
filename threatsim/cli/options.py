"""What the commands share: option types, consoles, progress, JSON, files, and what Ctrl-C says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from threatsim.common.errors import ThreatsimError
from threatsim.common.shell import quoted
from threatsim.report.plain_text import escaped_json, visible
from threatsim.report.terminal.safe_console import SafeConsole

if TYPE_CHECKING:
    from threatsim.report.terminal.progress_bars import TerminalProgress

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no summary.")]
Device = Annotated[str, typer.Option(help="Where attacks and training run: auto, cpu or cuda.")]
Images = Annotated[
    Path | None,
    typer.Option(
        help="Folder of real images: an archive as published or of your own, or a folder with one for each modality."
    ),
]
Finding = Annotated[
    str | None,
    typer.Option(help="What label 1 is to stand for in an archive of several findings, as Pneumonia."),
]

ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor", help="Where markets run: local, dask, or the address of a Dask scheduler (tcp://HOST:PORT)."
    ),
]
FailFast = Annotated[
    bool,
    typer.Option("--fail-fast", help="Stop at the first replicate that fails, or at which a process dies."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="A value in place of the scenario's own; may be repeated."),
]
Patterns = Annotated[
    bool, typer.Option(help="Hold the market against published patterns as well (some more runs of it).")
]
Page = Annotated[bool, typer.Option(help="Write the page, its charts and report.md as well.")]
Include = Annotated[
    list[Path] | None,
    typer.Option("--include", help="Folder beyond the scenario's own that `extends` may read; may be repeated."),
]


def console() -> Console:
    """Return the console for results, on stdout."""
    return SafeConsole()


def terminal_progress(quiet: bool) -> TerminalProgress:
    """Return progress on stderr; nothing at all if `quiet`."""
    from threatsim.report.terminal.progress_bars import TerminalProgress

    return TerminalProgress(SafeConsole(stderr=True), quiet=quiet)


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    print(escaped_json(json.dumps(value, indent=2, ensure_ascii=False), sys.stdout.encoding or "utf-8"))


def say(text: str, *, error: bool = False) -> None:
    """Print a line as it is, so that it can be piped, but for what acts on a terminal."""
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(visible(text).encode(encoding, "replace").decode(encoding), file=stream)


def print_error(error: ThreatsimError) -> None:
    """Print what is wrong with the user's input, on stderr."""
    text = Text("error: ", style="bold red")
    text.append(str(error), style="default not bold")
    SafeConsole(stderr=True).print(text, soft_wrap=True)


def write(path: Path, text: str) -> None:
    """Write a text to a file that a user named; a folder that cannot be written to is one clear error."""
    from threatsim.common import files

    try:
        files.write_text(path, text)
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(path)) from None


def own_command() -> str:
    """Return the command as typed, for records; paths are shortened to their last part."""
    arguments = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return " ".join(["threatsim", *map(quoted, arguments)])


def has_display() -> bool:
    """Return whether a browser window can open here: a terminal, and on Linux a display (text browsers take over)."""
    windows = sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return windows and sys.stdout.isatty()


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Catch Ctrl-C during long work: say what is kept, and exit with 130.

    Args:
        kept: a sentence on what is kept of the work.

    Raises:
        typer.Exit: the work was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        SafeConsole(stderr=True).print(f"Interrupted. {kept}", soft_wrap=True)
        raise typer.Exit(130) from None
