"""Rules by which providers choose a tactic, a share of their cases and a payer: a row each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.catalogue.row import Registry, Row


class ConductRuleRow(Row):
    """One rule. The implementation takes the section `conduct` of a scenario, and is a
    `threatsim.market.conduct.rule.ConductRule`.
    """

    learns: Literal["own", "public", "payoff"] = Field(
        description="own: beliefs of payers, from one's own claims and one's neighbours', unless all is public. "
        "public: beliefs, from how payers treat everybody. payoff: no beliefs, only what an option has brought."
    )
    weighs_losses: bool = Field(
        default=True, description="Whether it asks for the utility of options that lose, and not only for the best one."
    )
    parameters: tuple[str, ...] = Field(default=(), description="Fields of `conduct` that only this rule reads.")


_OWN = (
    ConductRuleRow(
        name="best_response",
        title="Best response",
        text="the option of greatest expected utility by one's own beliefs",
        learns="own",
        weighs_losses=False,
        implementation="threatsim.market.conduct.best_response:BestResponse",
    ),
    ConductRuleRow(
        name="logit",
        title="Logit",
        text="better ones more often",
        learns="own",
        parameters=("precision",),
        implementation="threatsim.market.conduct.logit:Logit",
        source="McFadden 1974; McKelvey and Palfrey 1995, doi 10.1006/game.1995.1023",
    ),
    ConductRuleRow(
        name="fictitious_play",
        title="Fictitious play",
        text="the best reply to how payers have treated everybody so far",
        learns="public",
        weighs_losses=False,
        implementation="threatsim.market.conduct.best_response:BestResponse",
        source="Brown 1951",
    ),
    ConductRuleRow(
        name="bandit",
        title="Bandit",
        text="the option that has paid best, with some trying out",
        learns="payoff",
        parameters=("exploration",),
        implementation="threatsim.market.conduct.bandit:Bandit",
        source="Sutton and Barto 2018, Reinforcement Learning, section 2.2",
    ),
)

CONDUCT_RULES = Registry("conduct rule", ConductRuleRow, _OWN, group="threatsim.conduct_rules")
"""All conduct rules."""
RULES_IN_WORDS = "; ".join(f"{row.name}: {row.text}" for row in _OWN) + "."
"""What the rules that come with threatsim do, in a line."""
