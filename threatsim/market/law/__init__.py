"""The law: what follows from findings, and what a provider expects of it.

Reading order: `enforcement` (a week of all laws), `docket` (the cases of one), `findings`, `look_back`, `probe`,
`lower_limit`, `resolution`; then what is expected of a law: `terms`, `standing`, `case_course` (when cases open and how
they end), `sample_odds` (what a sample shows), `expectation`.
"""
