"""Commands on classifiers and attacks, without a market.

Reading order: `classifier_commands`, `surrogate_commands`, `outcome_commands` (of classifiers), `attack_commands`,
`lab_commands` (of attacks), `image_commands` (archives of real images).
"""
