"""Starting the viewer: a port of this machine, the address with its token, and the browser."""

from __future__ import annotations

import ipaddress
import shlex
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from threatsim.common.errors import InputError
from threatsim.view.guard import Guard, Keys
from threatsim.view.index import RunIndex

LOOPBACK = "127.0.0.1"


def serve(
    folders: Sequence[Path],
    *,
    port: int,
    host: str = LOOPBACK,
    token: str | None = None,
    scenarios: Path | None = None,
    plugins: bool = False,
    ready: Callable[[str], None],
) -> None:
    """Show the reports in some folders until Ctrl-C.

    Args:
        folders: where reports lie.
        port: the port; 0 takes any that is free.
        host: the address to listen on.
        token: a token of the user's own, which a host beyond this machine needs; None for a new one.
        scenarios: folder of the user's scenarios, which those that were tried are saved into; None for none.
        plugins: whether scenarios that are tried may name what plug-ins add.
        ready: called with the address once it answers.

    Raises:
        InputError: a folder is not there, the port is taken, or a host beyond this machine has no token.
    """
    import uvicorn

    from threatsim.view.app import application
    from threatsim.view.tryout.bases import Bases
    from threatsim.view.tryout.routes import TryOut
    from threatsim.view.tryout.runner import Runner

    for folder in (*folders, *([scenarios] if scenarios else [])):
        if folder.is_file():
            text = "this is a file; the viewer shows the reports in a folder"
            hint = f"threatsim view {shlex.quote(str(folder.parent))}"
            raise InputError(text, given=str(folder), location=str(folder), hint=hint)
        if not folder.is_dir():
            raise InputError("there is no such folder", given=str(folder), location=str(folder))
    if not _is_loopback(host) and not token:
        raise InputError(
            f"{host} can be reached from other machines, and then whoever has the token sees these reports",
            given=host,
            hint="Give a token of your own with --token, of 16 characters or more.",
        )
    if token is not None and len(token) < 16:
        raise InputError("a token has 16 characters or more", given="--token")
    listening = _listening(host, port)
    number = listening.getsockname()[1]
    keys = Keys(token=token) if token else Keys()
    hosts = {host, "localhost", LOOPBACK} if _is_loopback(host) else {host}
    index = RunIndex(folders)
    tryout = TryOut(Bases(scenarios, plugins), Runner(folders[0].resolve(), plugins=plugins), index)
    app = Guard(application(index, keys, tryout), keys, hosts, number)  # type: ignore[arg-type]
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, ws="none", lifespan="off", timeout_keep_alive=5
    )
    server = uvicorn.Server(config)
    ready(f"http://{host}:{number}/?token={keys.token}")
    try:
        server.run(sockets=[listening])
    finally:
        tryout.runner.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen()
    except OSError as error:
        found.close()
        text = f"{host}:{port} cannot be listened on: {error.strerror or error}"
        raise InputError(text, given=str(port), hint="--port 0 takes any that is free.") from None
    return found


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
