"""What providers foresee of a law: the expectation of all that it does.

Reading order: `terms` (a law in numbers), `standing` (where a provider is), `case_course` (when cases open and how they
end), `lower_limit`, `sample_odds` (what a sample shows), `expectation` (what is taken, and for how long one is barred).
"""
