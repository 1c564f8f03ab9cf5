"""The agents of every payer: the payer itself with its classifier and controls, its investigator, its policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.agents import Model
from threatsim.market.case_pool import CasePool
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.payers.investigator import Investigator
from threatsim.market.payers.payer_agent import PayerAgent, TriageModel
from threatsim.market.payers.payer_policy import PayerPolicy
from threatsim.market.payers.picture_controls import PictureControls
from threatsim.market.payers.tactic_kinds import TacticKinds
from threatsim.market.providers.table import ProviderTable
from threatsim.market.referrals import Neighbours
from threatsim.scenario.schema import Scenario


@dataclass(frozen=True)
class Staff:
    """The agents of each payer, in the order of the scenario."""

    payers: list[PayerAgent]
    investigators: list[Investigator]
    policies: list[PayerPolicy]

    @classmethod
    def of(
        cls,
        model: Model,
        scenario: Scenario,
        tables: Mapping[str, OutcomeTable],
        pool: CasePool,
        table: ProviderTable,
        neighbours: Neighbours,
        cost_sharing: CostSharing,
    ) -> Staff:
        """Make the agents of a market's payers.

        Args:
            model: the market.
            tables: outcome tables by modality, for thresholds.
            pool: the cases.
            table: the providers.
            neighbours: their referral network.
            cost_sharing: what a finding is worth to each payer.

        Raises:
            ThreatsimError: the outcome tables lack what a threshold needs.
        """
        modalities, kinds = list(scenario.modalities), TacticKinds.of(list(scenario.tactics.values()))
        payers = []
        for spec in scenario.payers:
            triage_model = TriageModel(model, spec.triage, tables, modalities)
            picture_controls = PictureControls(spec.integrity, tables, modalities, pool)
            payers.append(PayerAgent(model, spec, triage_model, picture_controls, table.modality, kinds))
        laws = [scenario.law_of(spec) for spec in scenario.payers]
        investigators = [
            Investigator(model, payer, table, law, neighbours, scenario.burn_in + scenario.weeks)
            for payer, law in zip(payers, laws, strict=True)
        ]
        staff = zip(payers, investigators, cost_sharing.added, laws, strict=True)
        policies = [PayerPolicy(model, payer, investigator, added, law) for payer, investigator, added, law in staff]
        return cls(payers, investigators, policies)
