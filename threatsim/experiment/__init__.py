"""One scenario: its arms and replicates, their statistics, the run record, and the comparison of two records.

Reading order: `run_request`, `run` (all of it), `kept/` (what it need not find out again), `tactics`, `controls_used`,
`preparation`, `written` (where its values come from), `replicates` (`kept_replicates`; `week_steps`, a week in words),
`execution/`, `prepared_run`, `figures/`, `success_curves`, `outer_loop` (draws of uncertain numbers), `doubt/`,
`expectation_tests`, `patterns/`, `record/`, `claim_data/`, `signing/`, `rerun`, `outcome_tables`, `stories/`, `atlas/`,
`doctor/` (this machine).
"""
