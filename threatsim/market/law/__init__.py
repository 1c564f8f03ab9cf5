"""The law: what follows from findings.

Reading order: `enforcement` (a week of all laws), `docket` (the cases of one), `findings`, `look_back`, `probe`,
`resolution`, `listed_exclusions`, `standing` (what a docket says of a provider's place).
"""
