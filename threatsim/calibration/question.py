"""`threatsim calibrate`: from a scenario and a file of moments to a posterior and what it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from threatsim.calibration.findings import CalibrationFindings, CalibrationRecord, FittedNumber, PosteriorParticle
from threatsim.calibration.fitted_scenario import fitted_distribution, fitted_scenario, particles_of
from threatsim.calibration.free_numbers import FreeNumber, free_numbers
from threatsim.calibration.inference.posterior import Posterior, posterior_of
from threatsim.calibration.inference.sequential import Fit, Observed, Particles, SearchEffort, fit
from threatsim.calibration.inference.weighted import Floats, systematic
from threatsim.calibration.kept_markets import gone_if_refused
from threatsim.calibration.kept_posterior import QUESTION, check_posterior, market_fingerprint, read_posterior
from threatsim.calibration.moment_markets import MomentMarkets, Particle, ParticleMarkets
from threatsim.calibration.moment_values import wanted_arms
from threatsim.calibration.moments_file import Moment, ReadMoments, read_moments, shipped_moments
from threatsim.calibration.moments_of_scenario import check_moments, scenario_with_arms
from threatsim.calibration.reach import STREAMS, reaches, refuse_still
from threatsim.calibration.request import LEAST_PARTICLES, CalibrationRequest
from threatsim.calibration.telling import correlations_told, fitted_numbers, moments_told, populations_told
from threatsim.common.keyed.keyed_generator import keyed_generator
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.record.fingerprint import fingerprint
from threatsim.experiment.run import Run
from threatsim.questions.markets import lone_replicates
from threatsim.questions.pictures import moves_threshold

_KEPT = ".moments"


class FinishedCalibration(NamedTuple):
    """A finished calibration: its record, and the scenario with the posterior as distributions.

    The scenario is empty where the posterior is an earlier calibration's, which has written it.
    """

    record: CalibrationRecord
    scenario: str


def calibrate(request: CalibrationRequest, progress: Progress, executor: Executor) -> FinishedCalibration:
    """Fit the free numbers of a scenario to moments, and predict those that are held out.

    Args:
        request: what is asked.
        progress: told of what takes time, and of what it will cost before it begins.
        executor: where markets run; no figure depends on it.

    Raises:
        ThreatsimError: something is wrong with the scenario, the moments or what was asked, before anything is run; a
            free number moves no moment; or a market fails. Markets that were finished are kept, unless it is refused.
    """
    request.check()
    read = read_moments(request.moments or shipped_moments())
    earlier = read_posterior(request.posterior) if request.posterior else None
    own = {"seed": request.run.seed} if request.run.seed is not None else {}
    overrides = {**request.run.overrides, **own}
    loaded, held = scenario_with_arms(request.run, overrides, read)
    check_moments(read, loaded.scenario)
    free = free_numbers(loaded, read, request.run.overrides)
    run = Run(loaded, replace(request.run, overrides=held), progress)
    run.check()
    executor.check()
    run.prepare()
    _check_threshold(run, read)
    arms = tuple(arm.name for arm in loaded.scenario.arms)
    kept = request.run.out / loaded.scenario.name / _KEPT
    markets = MomentMarkets(run, read.content.moments, arms, executor, progress, kept)
    work = _Work(request, read, run, markets, free, progress)
    with gone_if_refused(kept):
        if earlier is not None and request.posterior is not None:
            check_posterior(earlier, run, request.posterior)
            return FinishedCalibration(work.predicted_from(earlier), "")
        return work.fitted()


def _check_threshold(run: Run, read: ReadMoments) -> None:
    moved = next((path for path in read.content.free if moves_threshold(path)), None)
    if moved and (aimed := list(run.pictures.aimed)):
        text = f"'{moved}' cannot vary: tactic '{aimed[0]}' is computed against the threshold"
        raise read.refusal(("free", moved), text)


@dataclass
class _Work:
    """What a calibration works with, and the markets that it has asked for."""

    request: CalibrationRequest
    read: ReadMoments
    run: Run
    markets: MomentMarkets
    free: list[FreeNumber]
    progress: Progress

    @property
    def replicates(self) -> int:
        return self.request.run.replicates or 1

    def fitted(self) -> FinishedCalibration:
        moments = self.read.used("fit")
        names = tuple(moments)
        observed = Observed(
            np.array([one.value for one in moments.values()]), np.array([one.error for one in moments.values()])
        )
        particles = ParticleMarkets(self.markets, self.free, names, self.replicates)
        self._tell_cost(names)
        reach = reaches(particles, observed)
        refuse_still(reach, self.read, self.free)
        seed = self.run.loaded.scenario.seed
        effort = SearchEffort(
            self.request.particles, self.request.populations, self.request.least_acceptance, f"calibration|{seed}"
        )
        found = fit(particles, len(self.free), observed, effort, lambda first: self._check_first(first, names))
        posterior = posterior_of(found, observed)
        values = particles_of(self.free, posterior.points)
        drawn = particles_of(self.free, posterior.draws(self.request.draws, effort.key))
        predictions = self._predictions(drawn, found.simulated)
        record = self._record(
            fitted_numbers(self.free, values, posterior, reach, names),
            values,
            posterior,
            predictions,
            found,
            names,
        )
        distributions = [
            fitted_distribution(one, column, posterior.weights) for one, column in zip(self.free, values.T, strict=True)
        ]
        settings = [f"{path}={value}" for path, value in self.request.run.overrides.items()]
        text = fitted_scenario(
            self.run.loaded,
            self.free,
            distributions,
            source=f"Fitted to {', '.join(names)} of {self.read.path.name} by threatsim calibrate, {record.identity}",
            settings=settings,
            include=self.request.run.include,
        )
        return FinishedCalibration(record, text)

    def predicted_from(self, earlier: CalibrationRecord) -> CalibrationRecord:
        """Return the record of an earlier posterior with the moments of this file."""
        found = earlier.findings
        paths = [one.path for one in found.free]
        weights = np.array([one.weight for one in found.particles])
        uniform = float(keyed_generator(f"calibration|{earlier.seed}|posterior").random())
        rows = systematic(weights, self.request.draws, uniform)
        drawn = np.array([found.particles[row].values for row in rows])
        simulated = sum(one.simulated for one in found.populations)
        predictions = self._predictions(drawn, simulated, paths)
        fitted_by = {one.name for one in found.of_use("fit")}
        moments = {
            name: one.model_copy(update={"use": "fit" if name in fitted_by else "predict"})
            for name, one in self.read.content.moments.items()
        }
        findings = found.model_copy(
            update={
                "moments": moments_told(moments, predictions, {}),
                "draws": self.request.draws,
                "replicates": self.replicates,
                "markets": self._predicted_markets(),
                "posterior_of": earlier.identity,
            }
        )
        return self._answer(findings)

    def _predictions(self, drawn: Floats, simulated: int, paths: Sequence[str] | None = None) -> Mapping[str, Floats]:
        """Return moment -> (draws,) what it is in fresh markets."""
        paths = paths or [one.path for one in self.free]
        count = self.replicates
        particles = [
            Particle(
                dict(zip(paths, (float(one) for one in values), strict=True)),
                lone_replicates((simulated + row) * count, count),
            )
            for row, values in enumerate(drawn)
        ]
        names = tuple(self.read.content.moments)
        found = self.markets.moments_of(particles, names, "Predictions")
        return dict(zip(names, found.T, strict=True))

    def _check_first(self, first: Particles, names: Sequence[str]) -> None:
        """Refuse moments that are undefined in most of the first population."""
        for name, column in zip(names, first.moments.T, strict=True):
            undefined = int((~np.isfinite(column)).sum())
            if undefined > len(column) // 2:
                raise self.read.refusal(
                    ("moments", name),
                    f"'{name}' is undefined in {undefined} of {len(column)} particles of the first population",
                    "More providers, weeks or --replicates may define it.",
                )
        whole = int(np.isfinite(first.distances).sum())
        if whole < LEAST_PARTICLES:
            raise self.read.refusal(
                ("moments",),
                f"only {whole} of {len(first.distances)} particles of the first population define every moment",
                "More --particles, providers, weeks or --replicates may do.",
            )

    def _tell_cost(self, names: Sequence[str]) -> None:
        fitted, every = (self._arms(chosen) for chosen in (names, tuple(self.read.content.moments)))
        ask = self.request
        most = ask.particles * (ask.populations + 1)
        total = self.replicates * (most * fitted + ask.draws * every) + self._reach_markets(fitted)
        self.progress.note(
            f"{len(self.free)} free numbers, {len(names)} moments to fit, {len(self.read.used('predict'))} held out: "
            f"at most {total:,} markets; what is finished is kept."
        )

    def _arms(self, names: Sequence[str]) -> int:
        moments = [self.read.content.moments[name] for name in names]
        return len(wanted_arms(moments, self.markets.arms))

    def _reach_markets(self, arms: int) -> int:
        return 2 * len(self.free) * STREAMS * arms

    def _predicted_markets(self) -> int:
        return self.replicates * self.request.draws * self._arms(tuple(self.read.content.moments))

    def _record(
        self,
        free: tuple[FittedNumber, ...],
        values: Floats,
        posterior: Posterior,
        predictions: Mapping[str, Floats],
        found: Fit,
        names: Sequence[str],
    ) -> CalibrationRecord:
        total = float(posterior.weights.sum())
        moments: Mapping[str, Moment] = self.read.content.moments
        prior = dict(zip(names, found.prior.moments.T, strict=True))
        findings = CalibrationFindings(
            free=free,
            correlations=correlations_told(self.free, posterior),
            moments=moments_told(moments, predictions, prior),
            populations=populations_told(found),
            ended=found.ended,
            particles=tuple(
                PosteriorParticle(values=tuple(row), weight=weight / total)
                for row, weight in zip(values.tolist(), posterior.weights.tolist(), strict=True)
            ),
            effective=posterior.effective,
            replicates=self.replicates,
            draws=self.request.draws,
            markets=self.replicates * self._arms(names) * found.simulated
            + self._reach_markets(self._arms(names))
            + self._predicted_markets(),
            fitted_to=market_fingerprint(self.run),
        )
        return self._answer(findings)

    def _answer(self, findings: CalibrationFindings) -> CalibrationRecord:
        scenario, ask = self.run.loaded.scenario, self.request
        used = wanted_arms(self.read.content.moments.values(), self.markets.arms)
        return CalibrationRecord(
            question=QUESTION,
            scenario=scenario.name,
            title=scenario.title,
            seed=scenario.seed,
            arms={arm.name: arm.title for arm in scenario.arms if arm.name in used},
            options={
                "moments": fingerprint(self.read.content.model_dump(mode="json")),
                "particles": ask.particles,
                "populations": ask.populations,
                "least_acceptance": ask.least_acceptance,
                "draws": ask.draws,
                "replicates": self.replicates,
                "posterior": findings.posterior_of,
                "set": {path: str(value) for path, value in ask.run.overrides.items()},
            },
            inputs=self.markets.hash,
            versions=dict(self.run.inputs.versions),
            findings=findings,
        )
