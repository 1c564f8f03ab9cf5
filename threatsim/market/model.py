"""The market: a Mesa model whose step is a week. Agents decide, claims are columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market import learning
from threatsim.market import week as weekly_claims
from threatsim.market.agents import Model
from threatsim.market.books.claim_files import ClaimFile, ClaimSample
from threatsim.market.books.history import History
from threatsim.market.books.run_counts import RunCounts
from threatsim.market.books.tenures import Tenures
from threatsim.market.case_pool import case_pool
from threatsim.market.conduct.rule import weighs_losses
from threatsim.market.conventions import cents
from threatsim.market.decisions import Decisions
from threatsim.market.law.enforcement import Enforcement
from threatsim.market.money import payment
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.money.ledger import Ledger
from threatsim.market.payers import regulator
from threatsim.market.payers.announcements import announce
from threatsim.market.payers.investigator import Investigator
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.payers.payer_policy import PayerPolicy
from threatsim.market.payers.staff import Staff
from threatsim.market.providers.colleagues import lost_shares
from threatsim.market.providers.entry import Entry
from threatsim.market.providers.insiders import tipped
from threatsim.market.providers.table import ProviderAgent, first_rows, newcomers, provider_table
from threatsim.market.providers.utility import ExpectedUtility, honest_income
from threatsim.market.referrals import neighbours, referral_graph
from threatsim.market.steps.payment import PaymentStep
from threatsim.market.steps.settlement import SettlementStep
from threatsim.market.streams import replicate_streams, resampling_streams
from threatsim.scenario.schema import Scenario


class Market(Model):
    """Providers, payers, triage models and investigators over weeks of claims. Arguments as for `simulate`.

    Args:
        keep_history: whether to keep what every provider believed and chose.
        claims_file: Parquet file that every claim is written to, if any.

    Attributes:
        week: number of the week to come, from 0, the first of the burn-in.
        spec: the scenario.
        table: the providers.
        pool: the cases.
        network: the referral network (networkx).
        payers, investigators, policies: the agents of each payer, in the order of the scenario.
        ledger: the books.
        run_counts: the counts so far.
        tenures: who has practised.
        history: their decisions, if they are kept.
        decisions: how providers choose.
        week_steps: what happens in a week, in this order: the name of a method each (`Model.steps` is Mesa's count).
    """

    week_steps: ClassVar[tuple[str, ...]] = (
        "enter",
        "see_cases",
        "decide",
        "submit",
        "triage",
        "review",
        "pay",
        "watch",
        "audit",
        "learn",
        "observe",
        "settle",
        "adapt",
        "tell",
        "record",
    )

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
        self.streams = replicate_streams(seed, replicate)
        self.week = 0  # the record begins with the week `burn_in`
        self.table = provider_table(scenario, self.streams)
        self._case_numbers = weekly_claims.case_numbers(self.table)
        tactics, resampling = list(scenario.tactics), resampling_streams(seed, replicate).generator("resampled cases")
        self.pool = case_pool(tables, list(scenario.modalities), tactics, resampling)
        size = len(self.table)
        drawn = self.streams.generator("network")
        self.network = referral_graph(scenario.referral_network, size, drawn, first_rows(scenario))
        self.neighbours = neighbours(self.network, size)
        self.table.queries[:] = self.pool.expected_queries(len(tactics))[self.table.modality]
        contracted = any(payer.readers.contractor for payer in scenario.payers)
        self.ledger = Ledger(size, len(scenario.payers), contractors=contracted)
        self.run_counts = RunCounts(size, tactics, scenario.weeks, scenario.burn_in, payers=len(scenario.payers))
        cost_sharing = CostSharing.of([float(payer.share_of_allowed) for payer in scenario.payers], self.table)
        self.tenures = Tenures(self.table, self.run_counts, scenario.burn_in)
        self.enforcement = Enforcement(
            scenario, self.table, self.ledger, self.run_counts, self.streams, honest_income(self.table), cost_sharing
        )
        names = [payer.name for payer in scenario.payers]
        self.sample = ClaimSample(sample_rate, names, tactics, scenario.burn_in)
        self.claims_file = ClaimFile(claims_file, names, tactics, scenario.burn_in) if claims_file else None
        self.history = History(tactics, names, scenario.burn_in) if keep_history else None
        self._payer_shares = [float(payer.share) for payer in scenario.payers]
        self.cost = np.array([cents(float(kind.cost_per_claim)) for kind in scenario.tactics.values()], np.int64)
        self.care_on_false = np.rint(float(scenario.conduct.care_delivered) * self.table.care_cost).astype(np.int64)
        self._entry, self._lost = Entry(scenario, self.table, self.streams), lost_shares(scenario)
        ProviderAgent.create_agents(self, size, np.arange(size), self.table)
        staff = Staff.of(self, scenario, tables, self.pool, self.table, self.neighbours, cost_sharing)
        self.payers, self.investigators, self.policies = staff.payers, staff.investigators, staff.policies
        books = self.run_counts, self.ledger
        self.payment = PaymentStep(
            self.payers, cost_sharing, self.enforcement, self.table, books, self.care_on_false, self.cost
        )
        self.settlement = SettlementStep(staff, self.enforcement, self.table, books)
        announce(self.payers, self.table)
        exact = keep_history or weighs_losses(scenario.conduct)
        utility = ExpectedUtility(scenario, self.table, lambda: self.enforcement.standings(self.week), exact=exact)
        net = partial(self.run_counts.net_fraud, self.table.difference, self.care_on_false, self.cost)
        self.decisions = Decisions(scenario, self.table, self.streams, utility, net, books, self.history)
        self._before_record = deepcopy((self.run_counts, self.ledger))

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Simulate the burn-in and the record; after each week of the record call `progress` with its number from 1."""
        for week in range(1, self.spec.burn_in + self.spec.weeks + 1):
            self.step()
            if progress is not None and week > self.spec.burn_in:
                progress(week - self.spec.burn_in)

    def _open_record(self) -> None:
        """Begin the record: all that was counted before is left out, and controls that nobody was told of begin."""
        self.tenures.open_record()
        self._before_record = deepcopy((self.run_counts, self.ledger))
        for payer in self.payers:
            payer.open_record()

    def recorded(self) -> tuple[RunCounts, Ledger]:
        """Return the counts and the books of the record alone, whose weeks begin with 0."""
        counts, ledger = self._before_record
        return self.run_counts.since(counts), self.ledger.since(ledger)

    def step(self) -> None:
        """Simulate a week: its steps, one after the other."""
        if self.week == self.spec.burn_in:
            self._open_record()
        for name in self.week_steps:
            getattr(self, name)()
        self.week += 1

    def enter(self) -> None:
        """Entry: newcomers take over from owners who leave, and practices that have stood empty for long enough.

        Before them, those whom a list of exclusions names stop billing, and those reinstated begin again.
        """
        table = self.table
        self.enforcement.list_exclusions(self.week)
        rows = self._entry.changing(self.week, self.enforcement.open)
        if not rows.size:
            return
        self.tenures.end(rows)
        self.enforcement.forget(rows, self.week)
        for investigator in self.investigators:
            investigator.forget(rows)
        for payer in self.payers:
            payer.forget(rows)
        table.renew(rows, newcomers(self.spec, len(table), self.streams, self.week), self.week)
        self.decisions.enter(rows)

    def see_cases(self) -> None:
        """Demand: each provider sees its cases of the week."""
        self.demand = weekly_claims.draw_demand(
            self.table, self._case_numbers, self._payer_shares, self._lost, self.streams, self.week
        )

    def decide(self) -> None:
        """Conduct: those whose turn it is choose a tactic, a share and a payer, and pay for what the tactic takes."""
        self.decisions.decide(self.week)
        self.run_counts.active_weeks += ~self.table.excluded

    def submit(self) -> None:
        """Billing: claims with the finding are sent, each with the score of the image that goes with it."""
        self.claims, blocks = weekly_claims.bill(self.demand, self.table, self.pool, self._hardened())
        for payer, block in zip(self.payers, blocks, strict=True):
            payer.receive(self.claims.part(block), self.demand.draws, self.week)
            regulator.suppress(payer, self.pool, list(self.spec.tactics))

    def _hardened(self) -> list[bool]:
        """Return whether each payer decides by its hardened classifier by now."""
        return [payer.triage_model.hardened for payer in self.payers]

    def triage(self) -> None:
        """Triage: controls check the image; each payer's classifier approves it, denies it or has it read."""
        self.agents_by_type[PayerAgent].do("triage")

    def review(self) -> None:
        """Review: readers look at the claims that are held, up to their capacity; it is settled which are paid."""
        self.agents_by_type[PayerAgent].do("review")

    def pay(self) -> None:
        """Payment: after the regulator's review, fees, readings, care and attacks are paid for."""
        for row, payer in enumerate(self.payers):
            regulator.review(payer, self.ledger, self.ledger.payer(row))
        blocks = [payer.claims_of_week for payer in self.payers]
        self.billing = payment.count_billing(self.demand, self.claims, blocks, self._hardened(), self.table, self.pool)
        self.payment.pay(self.week, self.billing)

    def watch(self) -> None:
        """Watching: investigators, the law and the books take in what was billed and what was paid."""
        billing, run_counts = self.billing, self.run_counts
        claims, with_finding = billing.claims + billing.queries, billing.with_finding + billing.queries
        for row, investigator in enumerate(self.investigators):
            investigator.watch(self.week, claims[row], with_finding[row])
            self.enforcement.billed(self.week, row, with_finding[row], billing.paid[row], billing.paid_unsupported[row])
        run_counts.billed(self.week, billing.claims.sum(axis=0), billing.with_finding.sum(axis=0))
        users = billing.users
        tactic = self.table.tactic[users]
        run_counts.false(
            self.week, users, tactic, billing.false[users], billing.false_paid[users], billing.queries_by_user
        )

    def audit(self) -> None:
        """Audits: investigators draw audits from the claims paid; what they find comes after a lag."""
        for row, investigator in enumerate(self.investigators):
            investigator.watched = self.enforcement.watched(row, self.week)
        self.agents_by_type[Investigator].do("audit")

    def learn(self) -> None:
        """Learning: what became of the week's claims enters beliefs, shared by all payers or of each apart."""
        learning.learn_from_week(
            self.table, self.spec.conduct, self.billing, self.payers, self.investigators, self.neighbours
        )

    def observe(self) -> None:
        """Count: the week's cases and claims, before anyone is barred for them."""
        run_counts, demand = self.run_counts, self.demand
        truth = demand.truth
        if self.table.barred.any():
            truth = truth[~self.table.barred[demand.payer, demand.provider]]
        run_counts.seen(truth)
        run_counts.honest(self.claims)
        for payer, investigator in zip(self.payers, self.investigators, strict=True):
            if self.week + investigator.lag < investigator.weeks:
                run_counts.matured(payer.claims_of_week)
        if self.week < self.spec.burn_in:
            return
        self.sample.take(demand, self.claims, self.table, self.pool)
        if self.claims_file:
            self.claims_file.take(demand, self.claims, self.table, self.pool)

    def settle(self) -> None:
        """Settlement: audits that are due close; payers recoup, accuse, penalise and exclude; providers learn of it."""
        closed = self.settlement.settle(self.week)
        learning.learn_from_audits(self.table, self.spec.conduct, *closed, self.neighbours)

    def adapt(self) -> None:
        """Adaptation: payers move their audits, thresholds, classifiers and controls, from the next week on."""
        self.agents_by_type[PayerPolicy].do("adapt")

    def tell(self) -> None:
        """Tips: insiders report providers, rightly more often than by mistake."""
        for docket in self.enforcement.dockets:
            if docket.law.tips is None:
                continue
            rows = tipped(docket.law.tips, self.table, self.streams.generator(f"tips{docket.name}", self.week))
            docket.tip(rows)
            for payer in docket.payers:
                self.investigators[payer].tip(rows)

    def record(self) -> None:
        """Books: the week's money is recorded, and it is checked that none was made or lost."""
        self.ledger.check()
        self.run_counts.money(self.week, self.ledger.totals)
