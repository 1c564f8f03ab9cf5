"""Proposals by Optuna: a tree-structured Parzen estimator over the steps of the levers.

Every proposal is a function of the seed, its number and the trials before its batch alone, and batches are of one size:
the search is the same with any number of workers. Levers are whole numbers of steps, since the estimator's logarithms
and exponentials differ in their last digits from processor to processor.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from threatsim.common.errors import InputError
from threatsim.common.keyed.keyed_generator import keyed_generator
from threatsim.questions.optimise.levers import Choice, Lever
from threatsim.questions.optimise.trials import TriedChoice

if TYPE_CHECKING:
    import optuna

BATCH: Final = 8
_FAR: Final = 1e30
"""Stands for a figure that is undefined: Optuna takes no infinity."""


def check_installed() -> None:
    """Refuse a search where Optuna is not there.

    Raises:
        InputError: it is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise InputError(
            "optimise proposes with Optuna, which is not installed",
            given="optuna",
            hint="Install it with pip install 'threatsim[optimise]'.",
        ) from None


class Proposals:
    """Optuna's study of a search, kept in a journal so that a search that was stopped goes on.

    Args:
        levers: what is chosen.
        objectives, constraints: how many there are.
        seed: of the proposals.
        name: identity of the search; a journal may hold several.
        journal: file of the journal, or None for memory alone.
    """

    def __init__(
        self, levers: Sequence[Lever], objectives: int, constraints: int, *, seed: int, name: str, journal: Path | None
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.levers, self.seed, self.constraints = list(levers), seed, constraints
        self.distributions: dict[str, optuna.distributions.BaseDistribution] = {
            lever.path: optuna.distributions.CategoricalDistribution(tuple(range(len(lever.choices))))
            if lever.choices
            else optuna.distributions.IntDistribution(0, lever.most)
            for lever in levers
        }
        storage = self._storage(journal)
        directions: list[Literal["minimize", "maximize"]] = ["minimize"] * objectives
        self.study = optuna.create_study(study_name=name, storage=storage, directions=directions, load_if_exists=True)
        whole = self._whole_batches()
        if len(whole) != len(self.study.get_trials(deepcopy=False)):  # stopped within a batch: that is asked for again
            optuna.delete_study(study_name=name, storage=storage)
            self.study = optuna.create_study(study_name=name, storage=storage, directions=directions)
            self.study.add_trials(whole)

    @staticmethod
    def _storage(journal: Path | None) -> optuna.storages.BaseStorage:
        from optuna.storages import InMemoryStorage, JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        if journal is None:
            return InMemoryStorage()
        return JournalStorage(JournalFileBackend(str(journal), JournalFileOpenLock(str(journal))))

    def _whole_batches(self) -> list[optuna.trial.FrozenTrial]:
        from optuna.trial import TrialState

        done = []
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state != TrialState.COMPLETE:
                break
            done.append(trial)
        return done[: len(done) - len(done) % BATCH]

    @property
    def told(self) -> list[Choice]:
        """The choices of finished batches."""
        return [self._choice(trial.params) for trial in self.study.get_trials(deepcopy=False)]

    def ask(self, given: Sequence[Choice] = ()) -> list[tuple[optuna.Trial, Choice]]:
        """Return a batch of proposals.

        Args:
            given: choices that are proposed first.
        """
        for choice in given[:BATCH]:
            self.study.enqueue_trial(dict(zip(self.distributions, choice, strict=True)))
        batch = []
        for _ in range(BATCH):
            number = len(self.study.get_trials(deepcopy=False))
            self.study.sampler = self._sampler(number)
            trial = self.study.ask(self.distributions)
            batch.append((trial, self._choice(trial.params)))
        return batch

    def tell(self, batch: Sequence[tuple[optuna.Trial, Choice]], trials: Sequence[TriedChoice]) -> None:
        """Tell what the proposals of a batch came to."""
        for (asked, _), trial in zip(batch, trials, strict=True):
            for number, excess in enumerate(trial.excess):
                asked.set_constraint(f"constraint {number}", min(excess, _FAR))
            self.study.tell(asked, [min(cost, _FAR) for cost in trial.costs])

    def _choice(self, params: dict[str, int]) -> Choice:
        return tuple(int(params[lever.path]) for lever in self.levers)

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        from optuna.samplers import TPESampler

        seed = int(keyed_generator(f"{self.seed}/optimise/{number}").integers(2**32))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TPESampler(seed=seed, multivariate=True, n_startup_trials=3 * BATCH)
