"""The figures of a replicate: a function each, named by its row in `threatsim.catalogue.metrics`.

Reading order: `burden`, `sums` (what is added up once), `money`, `payoff`, `detection`, `claim_counts`,
`bought`, `replicate_result` (all of them, with the columns that are kept).
"""
