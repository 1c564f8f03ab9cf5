"""The market: a Mesa model whose step is a week. Agents decide, claims are columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from threatsim.errors import ThreatsimError
from threatsim.market import claims as weekly_claims
from threatsim.market.agents import Model
from threatsim.market.cases import case_pool
from threatsim.market.conduct import choose, expected_utility
from threatsim.market.enforcement import Enforcement
from threatsim.market.investigators import Investigator
from threatsim.market.ledger import Ledger, cents
from threatsim.market.network import neighbours, referral_graph
from threatsim.market.payers import Payer, TriageModel, tactic_flags
from threatsim.market.providers import HONEST, Provider, provider_table
from threatsim.market.sample import ClaimSample
from threatsim.market.streams import Streams
from threatsim.market.tally import Tally
from threatsim.outcomes.table import OutcomeTable
from threatsim.scenario.schema import Scenario

_WEEKLY_MONEY = {"paid": ("fees",), "recouped": ("recoupment",), "penalties": ("damages", "fines")}


class Market(Model):
    """Providers, payers, triage models and investigators over weeks of claims. Arguments as for `simulate`.

    Attributes:
        week: number of the week to come, from 0.
        spec: the scenario.
        table: the providers.
        pool: the cases.
        network: the referral network (networkx).
        payers, investigators: the agents of each payer, in the order of the scenario.
        ledger: the books.
        tally: the counts so far.
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
    ) -> None:
        super().__init__(rng=seed)  # Mesa's own numbers are not used: they differ between its versions
        if not 0 <= sample_rate <= 1:
            raise ThreatsimError(f"the sample rate is {sample_rate:g}; allowed is from 0 to 1")
        self.arm, self.replicate = arm, replicate
        self.spec = scenario  # `scenario` is taken: Mesa 3.5 has a Model.scenario of its own
        self.streams = Streams(seed, replicate)
        self.week = 0
        modalities, tactics = list(scenario.modalities), list(scenario.tactics)
        self.table = provider_table(scenario, self.streams)
        self.pool = case_pool(tables, modalities, tactics, self.streams.generator("cases"))
        size = len(self.table)
        self.network = referral_graph(scenario.referral_network, size, self.streams.generator("network"))
        self.neighbours = neighbours(self.network, size)
        self.ledger = Ledger(size, len(scenario.payers))
        self.tally = Tally(size, tactics, scenario.weeks)
        self.enforcement = Enforcement(scenario.law, self.table, self.ledger, self.tally, len(scenario.payers))
        self.sample = ClaimSample(sample_rate, [payer.name for payer in scenario.payers], tactics)
        self._booked = dict.fromkeys(_WEEKLY_MONEY, 0)
        self._payer_shares = [float(payer.share) for payer in scenario.payers]
        kinds = list(scenario.tactics.values())
        self._cost = np.array([cents(float(kind.cost_per_claim)) for kind in kinds], np.int64)
        self._setup = np.array([cents(float(kind.setup_cost)) for kind in kinds], np.int64)
        self.care_on_false = np.rint(float(scenario.conduct.care_delivered) * self.table.care_cost).astype(np.int64)
        alters_file, is_patch = tactic_flags(kinds)
        Provider.create_agents(self, size, np.arange(size), self.table)
        self.payers = [
            Payer(
                self,
                spec,
                TriageModel(self, spec.triage, tables, modalities),
                self.table.modality,
                alters_file,
                is_patch,
            )
            for spec in scenario.payers
        ]
        self.investigators = [Investigator(self, payer, self.table, scenario.weeks) for payer in self.payers]

    def step(self) -> None:
        """Simulate a week."""
        self.see_cases()
        self.decide()
        self.submit()
        self.agents_by_type[Payer].do("triage")
        self.agents_by_type[Payer].do("review")
        self.pay()
        self.agents_by_type[Investigator].do("audit")
        self.observe()
        found, cleared = self.settle()
        self.learn(found, cleared)
        self.record()
        self.week += 1

    def see_cases(self) -> None:
        """Demand: each provider sees its cases of the week."""
        self.demand = weekly_claims.draw_demand(self.table, self._payer_shares, self.streams, self.week)

    def decide(self) -> None:
        """Conduct: every `decision_interval` weeks each provider chooses a tactic and a share."""
        scenario, table = self.spec, self.table
        if self.week % scenario.conduct.decision_interval == 0:
            utility = expected_utility(scenario, table, self.enforcement.owed)
            choice = choose(scenario.conduct, utility, self.streams.generator("conduct", self.week))
            table.tactic[:] = np.where(table.excluded, HONEST, choice.tactic)
            table.share[:] = np.where(table.excluded, 0, choice.share)
            users = np.flatnonzero(table.tactic != HONEST)
            new = users[~table.equipped[users, table.tactic[users]]]
            tactic = table.tactic[new]
            table.equipped[new, tactic] = True
            self.tally.setup[tactic, new] += self._setup[tactic]
            self.ledger.transfer("attacks", new, self.ledger.suppliers, self._setup[tactic])
        self.tally.active_weeks += ~table.excluded

    def submit(self) -> None:
        """Forge and bill: claims with the finding, each with the score of the image that is submitted."""
        self.claims, self._blocks = weekly_claims.bill(self.demand, self.table, self.pool, len(self.payers))
        for payer, block in zip(self.payers, self._blocks, strict=True):
            payer.receive(self.claims.part(block), self.demand.draws, self.week)

    def pay(self) -> None:
        """Pay the claims; providers pay for the care that they deliver and for the attacks that they ran.

        A claim that is not paid with the finding is paid as one without it. Care is delivered on claims paid
        with the finding.
        """
        table, ledger, claims = self.table, self.ledger, self.claims
        size = len(table)
        totals = weekly_claims.count_claims(self.demand, table, len(self.payers))
        paid_with_finding = np.zeros(size, np.int64)
        for row, payer in enumerate(self.payers):
            mine = payer.mine
            raised = np.bincount(mine.provider[mine.paid], minlength=size)
            fees = totals[row] * table.fee_negative + raised * table.difference
            ledger.transfer("fees", ledger.payer(row), ledger.providers, fees)
            ledger.transfer(
                "reading",
                ledger.payer(row),
                ledger.reviewers,
                int(np.count_nonzero(mine.read)) * cents(float(payer.spec.readers.cost)),
            )
            with_finding = np.bincount(mine.provider, minlength=size)
            self.investigators[row].watch(self.week, totals[row], with_finding)
            paid_with_finding += raised
            self.tally.with_finding += with_finding
        self.tally.claims += totals.sum(axis=0)
        self.tally.weekly["claims"][self.week] = totals.sum()

        false = np.flatnonzero(claims.tactic != HONEST)
        billed = np.bincount(claims.provider[false], minlength=size)
        paid = np.bincount(claims.provider[false[claims.paid[false]]], minlength=size)
        caught = np.bincount(claims.provider[claims.caught], minlength=size)
        care = (paid_with_finding - paid) * table.care_cost + paid * self.care_on_false
        ledger.transfer("care", ledger.providers, ledger.suppliers, care)
        users = np.flatnonzero(billed)
        tactic = table.tactic[users]
        ledger.transfer("attacks", users, ledger.suppliers, billed[users] * self._cost[tactic])
        self.tally.false(self.week, users, tactic, billed[users], paid[users])
        table.beliefs.learn_submitted(users, tactic, billed[users], paid[users], caught[users], self.neighbours)

    def settle(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Settle: close the audits that are due, recoup, accuse, penalise, exclude.

        Returns:
            (P,) false claims that audits found this week, and those that no audit can find any more.
        """
        size, week, weekly = len(self.table), self.week, self.tally.weekly
        found, cleared = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for row, (payer, investigator) in enumerate(zip(self.payers, self.investigators, strict=True)):
            caught = np.flatnonzero(payer.mine.caught)
            self.enforcement.find(row, payer.mine.provider[caught], payer.mine.tactic[caught], paid=False)
            weekly["findings"][week] += caught.size
            for closed in investigator.close(week):
                cost = closed.audits * cents(float(payer.spec.audit.cost))
                self.ledger.transfer("auditing", self.ledger.payer(row), self.ledger.reviewers, cost)
                self.enforcement.find(row, closed.provider, closed.tactic, paid=True)
                false = closed.provider[closed.tactic != HONEST]
                found += np.bincount(false, minlength=size)
                cleared += closed.cleared
                weekly["findings"][week] += closed.provider.size
                weekly["false_findings"][week] += closed.provider.size - false.size
        before = self.tally.ever_false()
        accused = self.enforcement.prosecute(week)
        weekly["accused"][week] = accused.size
        weekly["accused_honest"][week] = np.count_nonzero(~before[accused])
        return found, cleared

    def learn(self, found: NDArray[np.int64], cleared: NDArray[np.int64]) -> None:
        """Learn: what providers believe of audits, from their own claims and their neighbours'."""
        self.table.beliefs.learn_audited(found, cleared, self.neighbours)

    def observe(self) -> None:
        """Count the week's claims, before anyone is excluded for them."""
        tally, demand = self.tally, self.demand
        without_finding = ~demand.truth
        if self.table.excluded.any():
            without_finding &= np.repeat(~self.table.excluded, demand.counts)
        tally.eligible += int(np.count_nonzero(without_finding))
        tally.honest(self.claims)
        for payer, investigator in zip(self.payers, self.investigators, strict=True):
            if self.week + investigator.lag < self.spec.weeks:
                tally.matured(payer.mine)
        self.sample.take(demand, self.claims, self.table, self.pool)

    def record(self) -> None:
        """Record the week's money, and check that none was made or lost."""
        self.ledger.check()
        totals = self.ledger.totals
        for name, purposes in _WEEKLY_MONEY.items():
            booked = sum(totals[purpose] for purpose in purposes)
            self.tally.weekly[name][self.week] = (booked - self._booked[name]) / 100
            self._booked[name] = booked
