"""What the functions that ask questions take and give: a request as of a run, and an answer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from threatsim.api.options import mapping_of, workers_of
from threatsim.api.scenario_document import AnyScenario, scenario_of
from threatsim.common.errors import InputError
from threatsim.common.html_table import html_table
from threatsim.common.suggest import did_you_mean
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.sweep.question import Sweep, SweepRecord
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.publish_sweep import publish_sweep

Asked = TypeVar("Asked", bound=RecordPart, covariant=True)


@dataclass(frozen=True)
class QuestionAnswer(Generic[Asked]):
    """An answer: in words, as a data frame, and as its record; its folder has the page and the tables.

    Attributes:
        path: the folder.
        record: what was asked, what it stands on and what was found: a type of its own for each question.
        sentences: it in words.
        main: name of its first table.
        part: the table that a notebook shows.
    """

    path: Path
    record: Asked
    sentences: Sequence[str]
    main: str
    part: AnswerPart

    @property
    def frame(self) -> pd.DataFrame:
        """Its first table: of a sweep a row a point, arm and figure, of a break-even a row a value."""
        return self.table(self.main)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its tables, such as "swings", "indices" or "trials", as a data frame.

        Raises:
            InputError: it has none of that name; `allowed` has those it has.
        """
        tables = sorted(path.stem for path in self.path.glob("*.parquet"))
        if name not in tables:
            raise InputError(
                f"{self.path} has no table '{name}'", given=name, allowed=tables, hint=did_you_mean(name, tables)
            )
        found = pq.read_table(self.path / f"{name}.parquet")
        for place, column in enumerate(found.schema):
            if pa.types.is_null(column.type):  # a number that is undefined in every row
                found = found.set_column(place, column.name, found[column.name].cast(pa.float64()))
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def __repr__(self) -> str:
        return f"QuestionAnswer({str(self.path)!r})\n" + "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        said = html_table(["Answer"], [[one] for one in self.sentences])
        return said + html_table(self.part.heads, self.part.rows, caption=self.part.title)


def request_of(
    scenario: AnyScenario,
    *,
    images: str | os.PathLike[str] | None,
    finding: str | None,
    seed: int | None,
    workers: int | None,
    device: str,
    out: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None,
    replicates: int | None = None,
    doubt: int | None = None,
    fail_fast: bool = False,
) -> RunRequest:
    """Return what is asked of the scenario, as for a run of it.

    Raises:
        InputError: there are to be fewer than one worker.
        ScenarioError: the data of a scenario have mistakes.
    """
    known = None if isinstance(scenario, (str, os.PathLike)) else scenario_of(scenario)
    return RunRequest(
        scenario=str(scenario if known is None else known.loaded.path),
        text=known.text if known else None,
        include=known.include if known else (),
        images=None if images is None else Path(images),
        replicates=replicates,
        seed=seed,
        workers=workers_of(workers),
        device=device,
        out=Path(out),
        overrides={**(known.values if known else {}), **mapping_of(overrides, "overrides")},
        doubt=doubt,
        fail_fast=fail_fast,
        finding=finding,
    )


def answer_of_sweep(found: Sweep, out: Path) -> QuestionAnswer[SweepRecord]:
    """Write the folder of a sweep and return its answer."""
    published = publish_sweep(found, out)
    return QuestionAnswer(published.folder, found.record, published.sentences, "estimates", published.shown[0])
