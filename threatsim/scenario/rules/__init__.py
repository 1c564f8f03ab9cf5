"""What must agree between sections.

Reading order: `consistency`, `tactic_rules`, `code_rules`, `law_rules`, `review_rules`, `time_rules`,
`population_rules`, `classifier_rules`, `fixed_numbers`, `expectation`.
"""
