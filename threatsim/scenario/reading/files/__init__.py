"""How several files make one scenario.

Reading order: `extending`, `likeness`, `merging`, `payer_list`, `population_file` (`providers.from`).
"""
