"""How providers choose: a rule each, named by its row in `threatsim.catalogue.conduct_rules`.

Reading order: `rule` (what a rule is), `best_response`, `logit`, `bandit`. `market.decisions` says who decides when.
"""
