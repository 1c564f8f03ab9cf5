"""The cases of a replicate: the outcome tables laid end to end, and who may be drawn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conventions import HONEST

Number = TypeVar("Number", np.float32, np.int64)


@dataclass(frozen=True)
class CasePool:
    """Scores of all cases of all modalities, and the cases that this replicate draws from.

    Attributes:
        scores: (1 + tactics, cases) float32; row 0 is the untouched image, row k + 1 the image altered by
            tactic k.
        hardened: the same by the hardened classifiers, where some payer may change to them.
        queries: queries that altering an image has cost, laid out as the scores, of the plain classifiers and then of
            the hardened ones; row 0 is 0. Empty where no tactic queries.
        control_statistics: control name -> what it makes of the images, laid out as the scores, beside the plain
            classifiers and then beside the hardened ones.
        first: (modalities,) where each modality's cases begin among all cases.
        members: (n,) case numbers, grouped by modality and label; a case occurs as often as it was resampled.
        start, size: (modalities, 2) where in `members` the cases of a modality and label (0, 1) lie, and how
            many.
    """

    scores: NDArray[np.float32]
    hardened: NDArray[np.float32] | None
    queries: tuple[NDArray[np.int64], ...]
    control_statistics: Mapping[str, tuple[NDArray[np.float32], ...]]
    first: NDArray[np.int64]
    members: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]

    def draw(
        self, modality: NDArray[np.int64], truth: NDArray[np.bool_], uniform: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Return the case that each number in [0, 1) picks among those of its modality and label, all (N,)."""
        cell = 2 * modality + truth
        place = uniform * self.size.ravel()[cell].astype(np.float64)
        return self.members[self.start.ravel()[cell] + place.astype(np.int64)]

    def without_finding(self, modality: int) -> NDArray[np.int64]:
        """Return (n,) the cases of a modality without the finding, as often as they were resampled."""
        start, size = self.start[modality, 0], self.size[modality, 0]
        return self.members[start : start + size]

    def expected_queries(self, tactics: int) -> NDArray[np.float64]:
        """Return (modalities, tactics) mean queries for an image without the finding."""
        means = np.zeros((len(self.first), tactics))
        if self.queries:
            for modality, (start, size) in enumerate(zip(self.start[:, 0], self.size[:, 0], strict=True)):
                means[modality] = self.queries[0][1:, self.members[start : start + size]].mean(axis=1)
        return means

    def score(self, case: NDArray[np.int64], tactic: NDArray[np.int8], hardened: bool = False) -> NDArray[np.float32]:
        """Return p(finding) (N,) on the submitted image; that of an honest claim is untouched.

        Args:
            case: (N,) number of the case.
            tactic: (N,) number of the tactic, or `HONEST`.
            hardened: whether the hardened classifiers score it.

        Raises:
            ThreatsimError: there is no table of the hardened classifiers.
        """
        table = self.hardened if hardened else self.scores
        if table is None:
            raise ThreatsimError("the outcome tables have no scores of hardened classifiers")
        return submitted(table, case, tactic)

    def queries_for(
        self, case: NDArray[np.int64], tactic: NDArray[np.int8], hardened: bool = False
    ) -> NDArray[np.int64]:
        """Return the queries (N,) that altering the submitted images has cost; arguments as for `score`."""
        if not self.queries:
            return np.zeros(case.size, np.int64)
        return submitted(self.queries[hardened], case, tactic)

    def statistic(
        self, control: str, case: NDArray[np.int64], tactic: NDArray[np.int8], hardened: bool = False
    ) -> NDArray[np.float32]:
        """Return what a control makes of the submitted image (N,): greater is more suspicious.

        Args:
            control: its name.
            case, tactic, hardened: as for `score`.
        """
        return submitted(self.control_statistics[control][hardened], case, tactic)


def submitted(table: NDArray[Number], case: NDArray[np.int64], tactic: NDArray[np.int8]) -> NDArray[Number]:
    """Return the numbers (n,) of the images that are submitted.

    Args:
        table: (1 + tactics, cases) a number for each image: row 0 the untouched one, row k + 1 that of tactic k.
        case: (n,) number of the case.
        tactic: (n,) number of the tactic, or `HONEST` for the untouched image.
    """
    row = tactic.astype(np.int64) - HONEST
    numbers: NDArray[Number] = table.ravel()[row * table.shape[1] + case]
    return numbers


def case_pool(
    tables: Mapping[str, OutcomeTable],
    modalities: Sequence[str],
    tactics: Sequence[str],
    generator: np.random.Generator,
) -> CasePool:
    """Resample the cases of each modality by patient (bootstrap) and lay the tables end to end.

    Patients with and without a case that has the finding are resampled apart, so that no label runs out.

    Args:
        tables: modality -> its outcomes.
        modalities: in the order of their numbers.
        tactics: in the order of their numbers.
        generator: of the resampling.

    Raises:
        ThreatsimError: a table, a tactic or a label is missing, or the columns of a table do not fit
        together.
    """
    members = []
    start, size = np.zeros((len(modalities), 2), np.int64), np.zeros((len(modalities), 2), np.int64)
    lengths = [0]
    filled = 0
    for row, name in enumerate(modalities):
        table = _checked(tables, name, tactics)
        chosen = _bootstrap(table, generator)
        for label in (0, 1):
            of_label = chosen[table.labels[chosen] == label]
            if not of_label.size:
                which = "with" if label else "without"
                raise ThreatsimError(f"the cases of {name} have none {which} the finding")
            members.append(of_label + lengths[-1])
            start[row, label], size[row, label] = filled, of_label.size
            filled += of_label.size
        lengths.append(lengths[-1] + table.labels.size)
    plain = [tables[name] for name in modalities]
    hard = [table.hardened for table in plain if table.hardened]
    for table, other in zip(plain, hard, strict=False):
        _checked({table.modality: other}, table.modality, tactics)
        if not np.array_equal(other.labels, table.labels):
            raise ThreatsimError(f"the hardened classifier of {table.modality} was asked about other cases")
    hardened = _scores(hard, tactics) if len(hard) == len(plain) else None
    first = np.array(lengths[:-1], np.int64)
    queries = tuple(
        _queries(group, tactics) for group in (plain, hard) if group and any(table.queries for table in plain)
    )
    generations = [group for group in (plain, hard) if len(group) == len(plain)]
    control_statistics = {
        name: tuple(_statistics(group, name, tactics) for group in generations) for name in plain[0].control_statistics
    }
    return CasePool(
        _scores(plain, tactics), hardened, queries, control_statistics, first, np.concatenate(members), start, size
    )


def _queries(tables: Sequence[OutcomeTable], tactics: Sequence[str]) -> NDArray[np.int64]:
    """Return (1 + tactics, cases) the queries of all modalities end to end."""
    rows = [
        np.concatenate([table.queries.get(tactic, np.zeros(table.labels.size, np.int64)) for table in tables])
        for tactic in tactics
    ]
    return np.array([np.zeros_like(rows[0]), *rows], np.int64)


def _scores(tables: Sequence[OutcomeTable], tactics: Sequence[str]) -> NDArray[np.float32]:
    """Return (1 + tactics, cases) the scores of all modalities end to end."""
    rows = [[table.clean for table in tables]]
    rows += [[table.attacked[tactic] for table in tables] for tactic in tactics]
    return np.array([np.concatenate(row) for row in rows], np.float32)


def _statistics(tables: Sequence[OutcomeTable], control: str, tactics: Sequence[str]) -> NDArray[np.float32]:
    """Return (1 + tactics, cases) what a control makes of the images of all modalities end to end."""
    found = [table.control_statistics[control] for table in tables]
    rows = [[one.clean for one in found], *([one.attacked[tactic] for one in found] for tactic in tactics)]
    return np.array([np.concatenate(row) for row in rows], np.float32)


def _bootstrap(table: OutcomeTable, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return case rows: as many patients as there are, drawn with replacement, each with all of its cases."""
    patients, number, count = np.unique(table.patients, return_inverse=True, return_counts=True)
    by_patient = np.argsort(number, kind="stable")
    offset = np.concatenate([[0], np.cumsum(count)[:-1]])
    has_finding = np.zeros(patients.size, bool)
    has_finding[number[table.labels == 1]] = True
    groups = (np.flatnonzero(~has_finding), np.flatnonzero(has_finding))
    drawn = np.concatenate([group[generator.integers(0, max(group.size, 1), group.size)] for group in groups])
    cases = count[drawn]
    within = np.arange(cases.sum()) - np.repeat(np.cumsum(cases) - cases, cases)
    rows: NDArray[np.int64] = by_patient[np.repeat(offset[drawn], cases) + within]
    return rows


def _checked(tables: Mapping[str, OutcomeTable], name: str, tactics: Sequence[str]) -> OutcomeTable:
    if name not in tables:
        there = ", ".join(sorted(tables)) or "none"
        raise ThreatsimError(f"there is no outcome table for {name}; there are tables for: {there}")
    table = tables[name]
    columns: dict[str, NDArray[Any]] = {"patients": table.patients, "clean": table.clean}
    for tactic in tactics:
        if tactic not in table.attacked:
            raise ThreatsimError(f"the outcome table of {name} lacks the tactic {tactic}")
        columns[tactic] = table.attacked[tactic]
    for control, found in table.control_statistics.items():
        columns[f"{control}, clean"] = found.clean
        for tactic in tactics:
            if tactic not in found.attacked:
                raise ThreatsimError(f"the outcome table of {name} lacks what {control} makes of the tactic {tactic}")
            columns[f"{control}, {tactic}"] = found.attacked[tactic]
    if not table.labels.size:
        raise ThreatsimError(f"the outcome table of {name} has no cases")
    for column, values in columns.items():
        if values.shape != table.labels.shape:
            raise ThreatsimError(
                f"the outcome table of {name} has {table.labels.size} labels, but {values.size} in {column}"
            )
        if not np.isfinite(values).all():
            raise ThreatsimError(f"the outcome table of {name} has values in {column} that are not numbers")
    if not np.isin(table.labels, (0, 1)).all():
        raise ThreatsimError(f"the outcome table of {name} has labels other than 0 and 1")
    return table
