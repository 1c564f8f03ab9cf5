"""The program `threatsim`: from its first moment on, an interruption ends it without a traceback."""

from __future__ import annotations

import signal
import sys
from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run the command line. SIGTERM and SIGHUP, which schedulers and closed windows send, end it as Ctrl-C does."""
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has it ignored
                signal.signal(number, _interrupt)
        from threatsim.common.numerics import wait_asleep

        wait_asleep()
        from threatsim.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
