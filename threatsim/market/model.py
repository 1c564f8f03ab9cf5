"""The market: a Mesa model whose step is a week. Agents decide, claims are columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.portable import expm1
from threatsim.market import week as weekly_claims
from threatsim.market.agents import Model
from threatsim.market.books.careers import Careers
from threatsim.market.books.claim_files import ClaimFile, ClaimSample
from threatsim.market.books.history import History
from threatsim.market.books.tally import WEEKS_PER_YEAR, Tally
from threatsim.market.case_pool import case_pool
from threatsim.market.conventions import ACCESS, HONEST, cents
from threatsim.market.money.enforcement import Enforcement
from threatsim.market.money.ledger import Ledger
from threatsim.market.money.payment import learn, learns_in_public, pay
from threatsim.market.payers import regulator
from threatsim.market.payers.investigator import Closed, Investigator
from threatsim.market.payers.payer_agent import PayerAgent, TacticKinds, TriageModel
from threatsim.market.payers.screening import Screening
from threatsim.market.payers.strategist import Strategist
from threatsim.market.providers.bandit import Bandit
from threatsim.market.providers.table import ProviderAgent, capabilities, first_rows, newcomers, provider_table
from threatsim.market.providers.utility import choice_of, choose_option, expected_utility, targets, with_honesty
from threatsim.market.referrals import neighbours, referral_graph
from threatsim.market.streams import cases_of, luck_of
from threatsim.scenario.schema import Scenario

_WEEKLY_MONEY = {"paid": ("fees",), "recouped": ("recoupment",), "penalties": ("damages", "fines")}


class Market(Model):
    """Providers, payers, triage models and investigators over weeks of claims. Arguments as for `simulate`.

    Args:
        keep_history: whether to keep what every provider believed and chose.
        claims_file: Parquet file that every claim is written to, if any.

    Attributes:
        week: number of the week to come, from 0.
        spec: the scenario.
        table: the providers.
        pool: the cases.
        network: the referral network (networkx).
        payers, investigators, strategists: the agents of each payer, in the order of the scenario.
        ledger: the books.
        tally: the counts so far.
        careers: who has practised.
        history: their decisions, if they are kept.
    """

    def __init__(
        self,
        scenario: Scenario,
        tables: Mapping[str, OutcomeTable],
        *,
        arm: str = "baseline",
        replicate: int = 0,
        seed: int = 0,
        sample_rate: float = 0.01,
        keep_history: bool = False,
        claims_file: Path | None = None,
    ) -> None:
        super().__init__(rng=seed)  # Mesa's own numbers are not used: they differ between its versions
        if not 0 <= sample_rate <= 1:
            raise ThreatsimError(f"the sample rate is {sample_rate:g}; allowed is from 0 to 1")
        self.arm, self.replicate = arm, replicate
        self.spec = scenario  # `scenario` is taken: Mesa 3.5 has a Model.scenario of its own
        self.streams = luck_of(seed, replicate)
        self.week = 0
        modalities, tactics = list(scenario.modalities), list(scenario.tactics)
        self.table = provider_table(scenario, self.streams)
        self._case_numbers = weekly_claims.case_numbers(self.table)
        resampling = cases_of(seed, replicate).generator("resampled cases")
        self.pool = case_pool(tables, modalities, tactics, resampling)
        size = len(self.table)
        generator = self.streams.generator("network")
        self.network = referral_graph(scenario.referral_network, size, generator, first_rows(scenario))
        self.neighbours = neighbours(self.network, size)
        self.table.queries[:] = self.pool.expected_queries(len(tactics))[self.table.modality]
        self.ledger = Ledger(size, len(scenario.payers))
        self.tally = Tally(size, tactics, scenario.weeks)
        self.careers = Careers(self.table, self.tally)
        self.enforcement = Enforcement(scenario.law, self.table, self.ledger, self.tally, len(scenario.payers))
        names = [payer.name for payer in scenario.payers]
        self.sample = ClaimSample(sample_rate, names, tactics)
        self.claims_file = ClaimFile(claims_file, names, tactics) if claims_file else None
        self.history = History(tactics, names) if keep_history else None
        self._booked = dict.fromkeys(_WEEKLY_MONEY, 0)
        self._payer_shares = [float(payer.share) for payer in scenario.payers]
        kinds = list(scenario.tactics.values())
        self.cost = np.array([cents(float(kind.cost_per_claim)) for kind in kinds], np.int64)
        self._setup = np.array([cents(float(kind.setup_cost)) for kind in kinds], np.int64)
        self.care_on_false = np.rint(float(scenario.conduct.care_delivered) * self.table.care_cost).astype(np.int64)
        groups = list(scenario.providers.values())
        vacancies = [math.inf if group.vacancy is None else float(group.vacancy) for group in groups]
        self._vacancy = np.repeat(vacancies, [group.count for group in groups])
        self._bandit: Bandit | None = None
        self._gained, self._decided = np.zeros(size, np.int64), 0
        effects = TacticKinds.of(kinds)
        ProviderAgent.create_agents(self, size, np.arange(size), self.table)
        self.payers = [
            PayerAgent(
                self,
                spec,
                TriageModel(self, spec.triage, tables, modalities),
                Screening(spec.integrity, tables, modalities, self.pool),
                self.table.modality,
                effects,
            )
            for spec in scenario.payers
        ]
        law, weeks = scenario.law, scenario.weeks
        self.investigators = [
            Investigator(self, payer, self.table, law, self.neighbours, weeks) for payer in self.payers
        ]
        self.strategists = [
            Strategist(self, payer, investigator, self.table, law)
            for payer, investigator in zip(self.payers, self.investigators, strict=True)
        ]

    def step(self) -> None:
        """Simulate a week."""
        self.enter()
        self.see_cases()
        self.decide()
        self.submit()
        self.agents_by_type[PayerAgent].do("triage")
        self.agents_by_type[PayerAgent].do("review")
        self.pay()
        self.finish_week()

    def finish_week(self) -> None:
        """What follows payment: audits, settlement, learning, the books."""
        self.agents_by_type[Investigator].do("audit")
        learn(self)
        self.observe()
        self.settle()
        self.agents_by_type[Strategist].do("adapt")
        self.tell()
        self.record()
        self.week += 1

    def enter(self) -> None:
        """Entry: newcomers take the practices that have stood empty for long enough."""
        table = self.table
        if not table.excluded.any():
            return
        rows = np.flatnonzero(table.excluded & (table.accused_week + self._vacancy <= self.week))
        if not rows.size:
            return
        self.careers.end(rows)
        self.enforcement.forget(rows)
        for investigator in self.investigators:
            investigator.forget(rows)
        table.renew(rows, newcomers(self.spec, len(table), self.streams, self.week), self.week)
        if self._bandit:
            self._bandit.forget(rows, expected_utility(self.spec, table, self.enforcement.owed))

    def see_cases(self) -> None:
        """Demand: each provider sees its cases of the week."""
        self.demand = weekly_claims.draw_demand(
            self.table, self._case_numbers, self._payer_shares, self.streams, self.week
        )

    def decide(self) -> None:
        """Conduct: every `decision_interval` weeks each provider chooses a tactic, a share and a payer."""
        table = self.table
        if self.week % self.spec.conduct.decision_interval == 0:
            options, option = self._choose()
            option = np.where(table.excluded, 0, option)
            width = targets(self.spec).shape[1]
            choice = choice_of(self.spec.conduct, option, width)
            if self.history is not None:
                self.history.take(self.week, table, self.spec, options, option, self._net_fraud())
            table.tactic[:], table.share[:], table.target[:] = choice.tactic, choice.share, choice.target
            self._equip()
        self.tally.active_weeks += ~table.excluded

    def _choose(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return (P, O) what the options are thought to bring, USD a week, and (P,) the one that is chosen."""
        conduct, generator = self.spec.conduct, self.streams.generator("conduct", self.week)
        if conduct.rule != "bandit":
            utility = expected_utility(self.spec, self.table, self.enforcement.owed)
            return with_honesty(utility), choose_option(conduct, utility, generator)
        if self._bandit is None:
            hopes = expected_utility(self.spec, self.table, self.enforcement.owed)
            self._bandit = Bandit(hopes, float(conduct.exploration))
        self._bandit.learn(self._gains(), self.week - self._decided)
        self._decided = self.week
        return self._bandit.worth, self._bandit.choose(generator)

    def _net_fraud(self) -> NDArray[np.int64]:
        """Return (P,) cents that false billing has brought each practice so far."""
        net: NDArray[np.int64] = self.tally.net_fraud(self.table.difference, self.care_on_false, self.cost).sum(axis=0)
        return net

    def _gains(self) -> NDArray[np.float64]:
        """Return (P,) USD a week gained by false billing since the last decision, less the provider's qualms."""
        table, conduct, so_far = self.table, self.spec.conduct, self._net_fraud()
        gained, self._gained = so_far - self._gained, so_far
        eligible = table.volume * (1 - table.prevalence.astype(np.float64))
        eligible *= np.append(self._payer_shares, 1.0)[table.target]  # the last one is `EVERY_PAYER`
        qualms = table.reluctance * (1 + float(conduct.greed_penalty) * table.share) * eligible * table.share
        weekly: NDArray[np.float64] = gained / 100 / max(self.week - self._decided, 1) - qualms
        return weekly

    def _equip(self) -> None:
        """Pay for setting a tactic up, and for the access that it needs, before its first use."""
        table, kinds = self.table, tuple(self.spec.tactics.values())
        users = np.flatnonzero(table.tactic != HONEST)
        new = users[~table.equipped[users, table.tactic[users]]]
        if not new.size:
            return
        tactic = table.tactic[new]
        price = self._setup[tactic] + table.capability_cost[new, tactic]
        self.tally.setup[tactic, new] += price
        self.ledger.transfer("attacks", new, self.ledger.suppliers, price)
        table.equipped[new, tactic] = True
        bought = np.array([0 if kind.access == "queries" else ACCESS.index(kind.access) for kind in kinds])[tactic]
        table.access[new] = np.maximum(table.access[new], bought)
        table.allowed[new], table.capability_cost[new] = capabilities(self.spec.conduct, kinds, table.access[new])

    def submit(self) -> None:
        """Forge and bill: claims with the finding, each with the score of the image that is submitted."""
        versions = [payer.triage_model.version for payer in self.payers]
        self.claims, blocks = weekly_claims.bill(self.demand, self.table, self.pool, versions)
        for payer, block in zip(self.payers, blocks, strict=True):
            payer.receive(self.claims.part(block), self.demand.draws, self.week)
            regulator.suppress(payer, self.pool, list(self.spec.tactics))

    def pay(self) -> None:
        """Pay, after the regulator's review."""
        for row, payer in enumerate(self.payers):
            regulator.review(payer, self.ledger, self.ledger.payer(row))
        pay(self)

    def settle(self) -> None:
        """Settle: close the audits that are due, recoup, accuse, penalise, exclude; learn from it."""
        size, week, weekly = len(self.table), self.week, self.tally.weekly
        alike = len(self.table.beliefs) == 1
        found = np.zeros((len(self.table.beliefs), size), np.int64)
        cleared = np.zeros_like(found)
        for row, (payer, investigator) in enumerate(zip(self.payers, self.investigators, strict=True)):
            caught = np.flatnonzero(payer.mine.caught)
            self.enforcement.find(row, payer.mine.provider[caught], payer.mine.tactic[caught], paid=False)
            weekly["findings"][week] += caught.size
            weekly["false_findings"][week] += np.count_nonzero(payer.mine.tactic[caught] == HONEST)
            payer.findings += caught.size
            closing = investigator.close(week)
            self.strategists[row].learn(closing)
            for closed in closing:
                self._close(row, payer, closed)
                here = closed.week >= self.table.entered_week
                false = closed.provider[closed.tactic != HONEST]
                found[0 if alike else row] += np.bincount(false, minlength=size) * here
                cleared[0 if alike else row] += closed.cleared * here
                weekly["findings"][week] += closed.provider.size
                weekly["false_findings"][week] += closed.provider.size - false.size
        fraudster = self.tally.ever_false()
        accused = self.enforcement.prosecute(week)
        weekly["accused"][week] = accused.size
        weekly["accused_honest"][week] = np.count_nonzero(~fraudster[accused])
        if not learns_in_public(self.spec.conduct):
            for belief, caught_out, safe in zip(self.table.beliefs, found, cleared, strict=True):
                belief.learn_audited(caught_out, safe, self.neighbours)

    def _close(self, row: int, payer: PayerAgent, closed: Closed) -> None:
        """Book the audits that close; of those on a predecessor's claims only their cost is left."""
        ledger, here = self.ledger, closed.week >= self.table.entered_week
        cost = closed.audited.size * cents(float(payer.spec.audit.cost))
        ledger.transfer("auditing", ledger.payer(row), ledger.reviewers, cost)
        mine = here[closed.provider]
        self.enforcement.find(row, closed.provider[mine], closed.tactic[mine], paid=True)
        self.enforcement.audited(row, closed.audited[here[closed.audited]])
        if appeals := self.spec.law.appeals:
            appealed = closed.appealed[here[closed.appealed]]
            price = np.full(appealed.size, cents(float(appeals.cost)), np.int64)
            ledger.transfer("appeals", appealed, ledger.reviewers, price)
        payer.findings += closed.provider.size

    def tell(self) -> None:
        """Tips: insiders report providers, rightly more often than by mistake."""
        tips, table = self.spec.law.tips, self.table
        if tips is None:
            return
        luck = self.streams.generator("tips", self.week).random(len(table))
        honest, fraud = -expm1([-float(tips.honest) / WEEKS_PER_YEAR, -float(tips.fraud) / WEEKS_PER_YEAR])
        rows = np.flatnonzero(~table.excluded & (luck < np.where(table.tactic != HONEST, fraud, honest)))
        for investigator in self.investigators:
            investigator.tip(rows)

    def observe(self) -> None:
        """Count the week's claims, before anyone is excluded for them."""
        tally, demand = self.tally, self.demand
        truth = demand.truth
        if self.table.excluded.any():
            truth = truth[np.repeat(~self.table.excluded, demand.counts)]
        tally.cases += truth.size
        tally.true_cases += int(np.count_nonzero(truth))
        tally.honest(self.claims)
        tally.unpaid(self.claims, self.table.difference)
        for payer, investigator in zip(self.payers, self.investigators, strict=True):
            if self.week + investigator.lag < self.spec.weeks:
                tally.matured(payer.mine)
        self.sample.take(demand, self.claims, self.table, self.pool)
        if self.claims_file:
            self.claims_file.take(demand, self.claims, self.table, self.pool)

    def record(self) -> None:
        """Record the week's money, and check that none was made or lost."""
        self.ledger.check()
        totals = self.ledger.totals
        for name, purposes in _WEEKLY_MONEY.items():
            booked = sum(totals[purpose] for purpose in purposes)
            self.tally.weekly[name][self.week] = (booked - self._booked[name]) / 100
            self._booked[name] = booked
