"""A prepared plan in shares, each on any machine, and the shares put together."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution.cells import MOST_CELLS, Cell, Plan, Simulate
from threatsim.experiment.execution.durable import keep, sound, sum_of
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figures_run import TableSets, kept_cells, run_figures
from threatsim.experiment.execution.handshake import handshake, refuse_another
from threatsim.experiment.execution.merged_file import merge
from threatsim.experiment.execution.parts import MERGED, Parts
from threatsim.experiment.execution.sharding.plan_file import ShardFile, formed, read_json
from threatsim.experiment.execution.sharding.prepared_plan import PreparedPlan

SHARD_NAME: Final = "shard.json"
_NAMED: Final = re.compile(r"shard-(\d+)-of-(\d+)")


class Shard(NamedTuple):
    """One of equal shares of a plan's cells, counted from 1."""

    number: int
    of: int

    @property
    def name(self) -> str:
        """Its folder's name."""
        return f"shard-{self.number:04d}-of-{self.of:04d}"

    def share(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return its cells: every n-th, so that no shard gets all that take long."""
        return sorted(cells)[self.number - 1 :: self.of]


def shard_of(text: str) -> Shard:
    """Return the shard that a text such as 3/20 names.

    Raises:
        InputError: it names none.
    """
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise InputError(f"--shard is {text!r}; allowed is NUMBER/SHARDS, from 1/SHARDS to SHARDS/SHARDS", given=text)
    return Shard(int(number), int(of))


class Keeping(Protocol):
    """How cells are simulated into a folder, and taken out of it."""

    def simulate(
        self,
        cells: Sequence[Cell],
        *,
        folder: Path,
        executor: Executor,
        progress: Callable[[int], None],
        fail_fast: bool,
    ) -> Mapping[Cell, str]:
        """Simulate those that are not in the folder, tell of each, and return why cells failed.

        Raises:
            ThreatsimError: the folder cannot be written to; or with `fail_fast` a cell fails.
        """
        ...

    def there(self, folder: Path, cells: Sequence[Cell]) -> set[Cell]:
        """Return those of the cells that are in a folder, whole."""
        ...

    def gather(self, folders: Mapping[str, Path], out: Path) -> None:
        """Put what is finished in folders, by their names, together into another.

        Raises:
            OSError: it cannot be written to.
        """
        ...


@dataclass(frozen=True)
class KeptFigures:
    """Figures alone, a row a cell (`threatsim.experiment.execution.figures_run`)."""

    plan: Plan
    tables: TableSets
    market: Simulate

    def simulate(
        self,
        cells: Sequence[Cell],
        *,
        folder: Path,
        executor: Executor,
        progress: Callable[[int], None],
        fail_fast: bool,
    ) -> Mapping[Cell, str]:
        """Simulate, as `Keeping` says."""
        found = run_figures(
            self.plan,
            self.tables,
            self.market,
            cells,
            folder=folder,
            executor=executor,
            progress=lambda one: progress(1),
            fail_fast=fail_fast,
        )
        return found.failures

    def there(self, folder: Path, cells: Sequence[Cell]) -> set[Cell]:
        """Return what is there, as `Keeping` says."""
        return kept_cells(Parts(folder, self.plan.hash)).intersection(cells)

    def gather(self, folders: Mapping[str, Path], out: Path) -> None:
        """Put together, as `Keeping` says; what the other folder holds of the same plan stays."""
        out.mkdir(parents=True, exist_ok=True)
        for name, folder in folders.items():
            _take(folder / MERGED, out / f"part-{name}.parquet")
        merge(Parts(out, self.plan.hash))


def not_begun(folders: Sequence[Path]) -> list[str]:
    """Return, as 3/20 each, the shards that have no folder beside those of the same division that have."""
    there: dict[int, set[int]] = {}
    for folder in folders:
        if match := _NAMED.fullmatch(folder.name):
            number, of = (int(one) for one in match.groups())
            there.setdefault(of, set()).add(number)
    return [f"{number}/{of}" for of in sorted(there) for number in range(1, of + 1) if number not in there[of]]


def run_shard(
    prepared: PreparedPlan,
    shard: Shard,
    keeping: Keeping,
    *,
    out: Path,
    executor: Executor,
    progress: Callable[[int], None] = lambda one: None,
    fail_fast: bool = False,
) -> ShardDone:
    """Simulate a shard of a plan into a folder of its own below `out`.

    Raises:
        ThreatsimError: this machine would not get the same results, or the folder cannot be written to; or with
            `fail_fast` a cell fails.
    """
    refuse_another(prepared.expected, handshake(), where="this machine")
    folder = out / shard.name
    cells = shard.share(prepared.cells)
    failures = keeping.simulate(cells, folder=folder, executor=executor, progress=progress, fail_fast=fail_fast)
    told = {
        "plan": prepared.identity,
        "shard": list(shard),
        "failed": [[*cell, message] for cell, message in sorted(failures.items())],
    }
    keep(folder / SHARD_NAME, json.dumps(told, indent=1, sort_keys=True).encode())
    return ShardDone(folder, len(cells), failures)


class ShardDone(NamedTuple):
    """A shard that was simulated: its folder, how many cells it has, and why some failed."""

    folder: Path
    cells: int
    failures: Mapping[Cell, str]


@dataclass(frozen=True)
class WholeShards:
    """Shards that together are a plan.

    Attributes:
        folders: name of a shard -> its folder.
        failures: cells that failed, each with why.
    """

    folders: Mapping[str, Path]
    failures: Mapping[Cell, str]


def whole_shards(prepared: PreparedPlan, folders: Sequence[Path], keeping: Keeping) -> WholeShards:
    """Return the shards in folders, if they are all of a plan.

    Args:
        prepared: the plan.
        folders: of shards, or folders that hold some.
        keeping: how the shards were kept.

    Raises:
        ThreatsimError: a shard is of another plan, damaged, there twice, or missing, or shards of two divisions are
            mixed.
    """
    found: dict[Shard, Path] = {}
    failures: dict[Cell, str] = {}
    for folder in _shard_folders(folders):
        path = folder / SHARD_NAME
        if not sound(path):
            raise ThreatsimError("is not finished or is damaged: run this shard again", location=str(folder))
        content = read_json(path, "shard")
        told = formed(lambda content=content: ShardFile.model_validate(content), path, "shard")  # type: ignore[misc]
        if told.plan != prepared.identity:
            raise ThreatsimError(
                f"is a shard of another plan: {told.plan[:12]} instead of {prepared.identity[:12]}",
                location=str(folder),
            )
        shard = Shard(*told.shard)
        if shard in found and found[shard].resolve() != folder.resolve():
            raise ThreatsimError(
                f"shard {shard.number}/{shard.of} is there twice: {found[shard]} and {folder}; name one of them"
            )
        found[shard] = folder
        failures |= formed(lambda told=told: _failures(told), path, "shard")  # type: ignore[misc]
    divisions = sorted({shard.of for shard in found})
    if len(divisions) > 1:
        raise ThreatsimError(f"shards of {' and of '.join(map(str, divisions))} overlap; name those of one division")
    missing = [number for number in range(1, divisions[0] + 1) if Shard(number, divisions[0]) not in found]
    if missing:
        some = ", ".join(f"{number}/{divisions[0]}" for number in missing[:20]) + (" ..." if missing[20:] else "")
        raise ThreatsimError(f"{len(missing)} of {divisions[0]} shards are missing: {some}", hint="Run them first.")
    for shard, folder in found.items():
        share = [cell for cell in shard.share(prepared.cells) if cell not in failures]
        if lacking := len(share) - len(keeping.there(folder, share)):
            raise ThreatsimError(
                f"lacks {lacking} replicates or is damaged: run shard {shard.number}/{shard.of} again",
                location=str(folder),
            )
    return WholeShards({shard.name: found[shard] for shard in sorted(found)}, failures)


def _failures(told: ShardFile) -> dict[Cell, str]:
    if not 1 <= told.shard[0] <= told.shard[1] <= MOST_CELLS:
        raise ValueError("shard: no share of any")
    return {Cell(int(point), str(arm), int(one)): str(message) for point, arm, one, message in told.failed}


def _shard_folders(folders: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        inside = sorted(folder.glob("shard-*-of-*"))
        if not inside and not (folder / SHARD_NAME).is_file():
            raise InputError("holds no shard", given=str(folder), location=str(folder))
        found += inside or [folder]
    return list(dict.fromkeys(found))


def _take(file: Path, part: Path) -> None:
    """Copy a shard's file as a part; one whose replicates have all failed has none."""
    if file.is_file():
        shutil.copyfile(file, part)
        sum_of(part).write_text(sum_of(file).read_text().replace(file.name, part.name))
