"""The executor of many machines: a Dask cluster, one's own on this machine or another that is there already.

Workers write parts, so all of them must see the folder that figures are kept in. A Dask task is a pickle, that is code,
and a scheduler without TLS takes it from anybody who reaches its port: one's own cluster listens on the loopback alone.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution.capacity import most_workers
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import BatchSize, Executor, Failed, Outcome, Work
from threatsim.experiment.execution.handshake import handshake, refuse_another
from threatsim.experiment.execution.local import LocalExecutor

if TYPE_CHECKING:
    from distributed import Client

OWN: Final = "dask"
_ADDRESS: Final = re.compile(r"(?:tcp|tls)://[^\s/]+:\d{1,5}")
_NAME: Final = "threatsim"
_AHEAD: Final = 4
"""Batches in flight, times the workers."""
_SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 0,  # what was at a worker that died is tried again alone (`_completed`)
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.dashboard.status.task-stream-length": 0,
    "distributed.comm.retry.count": 0,
}


def executor_of(text: str, workers: int) -> Executor:
    """Return the executor that a text names.

    Args:
        text: local, dask, or the address of a scheduler (tcp://HOST:PORT, tls://HOST:PORT).
        workers: processes, for local and dask.

    Raises:
        InputError: it names none, or Dask is not installed.
    """
    if text == "local":
        return LocalExecutor(workers)
    if text == OWN or _ADDRESS.fullmatch(text):
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise InputError(
                f"--executor {text} needs Dask", given=text, hint="pip install 'threatsim[dask]'"
            ) from None
        return DaskExecutor(workers, None if text == OWN else text)
    raise InputError(
        f"--executor is {text!r}; allowed is local, dask, tcp://HOST:PORT or tls://HOST:PORT",
        given=text,
        allowed=["local", OWN],
    )


@dataclass(frozen=True)
class DaskExecutor:
    """A Dask cluster.

    Attributes:
        own: workers of one's own cluster.
        address: of a scheduler that is there already, whose workers are counted there; None for one's own.
        timeout: seconds in which a scheduler must answer.
    """

    own: int
    address: str | None = None
    timeout: float = 30.0

    @property
    def workers(self) -> int:
        """How many processes one's own cluster has; another's are not known before it is asked."""
        return self.own

    def check(self) -> None:
        """Refuse a scheduler that is not there or has no workers, and workers unlike this process.

        One's own cluster is made of this very program, so there is nothing to ask.

        Raises:
            ThreatsimError: for any of these.
        """
        if self.address is None:
            return
        with _client(self) as client:
            self._threads(client)
            try:
                found = client.run(_told)
            except (OSError, TimeoutError) as error:
                raise _gone(error) from error
            except Exception as error:
                raise ThreatsimError(
                    f"the workers of {self.address} cannot say what they have: {type(error).__name__}: {error}",
                    location=self.address,
                    hint="Install there the very threatsim, libraries and plug-ins that are here.",
                ) from error
        for worker, one in found.items():
            refuse_another(handshake(), one, where=f"the worker {worker}")

    def _threads(self, client: Client) -> int:
        """Return how many cells a scheduler's workers simulate at once.

        Raises:
            ThreatsimError: it has no workers.
        """
        count: int = sum(one["nthreads"] for one in client.scheduler_info(n_workers=-1)["workers"].values())
        if count == 0:
            raise ThreatsimError(f"the scheduler {self.address} has no workers", location=self.address)
        return count

    def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
        """Yield the outcome of every cell, as they come. Closed early, it leaves no process of its own behind.

        Raises:
            ThreatsimError: the scheduler is not there or goes away, a worker would not get the same results, or
                finished cells cannot be kept.
        """
        if not cells:
            return
        with _client(self) as client, client.as_current():
            yield from _completed(client, work, deque(cells), self._threads(client))


def _completed(client: Client, work: Work, queue: deque[Cell], workers: int) -> Generator[Outcome, None, None]:
    from distributed import KilledWorker, wait
    from distributed.client import FutureCancelledError

    client.register_plugin(_holder(work), name=_NAME)
    expected = handshake()
    size = BatchSize(work, workers)
    running: dict[Any, list[Cell]] = {}
    suspects: deque[Cell] = deque()

    def submit(batch: list[Cell]) -> None:
        running[client.submit(_do, batch, expected, pure=False, retries=0)] = batch

    try:
        while queue or suspects or running:
            while queue and len(running) < _AHEAD * workers:
                submit([queue.popleft() for _ in range(size.of(len(queue)))])
            # A worker that dies takes with it what waits there, and Dask blames that too: guilty is who kills alone.
            alone = not running
            if alone:
                submit([suspects.popleft()])
            done, _ = wait(list(running), return_when="FIRST_COMPLETED")
            for future in done:
                batch = running.pop(future)
                try:
                    outcomes: list[Outcome] = future.result()
                except KilledWorker:
                    if not alone:
                        suspects.extend(batch)
                        continue
                    outcomes = [Failed(batch[0], "two workers died at it without a word", died=True)]
                except (FutureCancelledError, OSError) as error:
                    raise _gone(error) from error
                size.learn(outcomes)
                yield from outcomes
    except (OSError, TimeoutError, FutureCancelledError) as error:
        raise _gone(error) from error


def _gone(error: BaseException) -> ThreatsimError:
    return ThreatsimError(
        f"the scheduler has gone: {error}",
        hint="Finished replicates are kept; the same command goes on from them, with any --executor.",
    )


def _holder(work: Work) -> Any:
    """Return what gives the work to every worker, and to those that are started in the place of dead ones."""
    from distributed import WorkerPlugin

    class Holder(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:
            worker.threatsim_work = work

    return Holder()


def _told() -> dict[str, str]:
    """Return what a worker has."""
    return handshake()


def _do(batch: Sequence[Cell], expected: Mapping[str, str]) -> list[Outcome]:
    """Do a batch on a worker, if it is like the coordinator."""
    from distributed import get_worker

    worker = get_worker()
    refuse_another(expected, handshake(), where=f"the worker {worker.address}")
    outcomes: list[Outcome] = worker.threatsim_work.do(batch)
    return outcomes


@contextlib.contextmanager
def _client(executor: DaskExecutor) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set(_SETTINGS), contextlib.ExitStack() as stack:
        try:
            if executor.address is None:
                cluster = LocalCluster(
                    n_workers=min(executor.own, most_workers()),
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    silence_logs=50,
                )
                address: Any = stack.enter_context(cluster)
            else:
                address = executor.address
            client = stack.enter_context(Client(address, timeout=executor.timeout, set_as_default=False))
        except (OSError, TimeoutError, ValueError, TypeError) as error:  # a TypeError is what TLS without keys gives
            raise ThreatsimError(
                f"no Dask scheduler answers at {executor.address}: {error}", location=executor.address
            ) from error
        yield client
