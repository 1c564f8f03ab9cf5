"""One scenario: its arms and replicates, their statistics, the run record, and the comparison of two records.

Reading order: `run_request`, `whole_run` (all of it), `run` (its steps), `kept/` (what it need not find out again),
`tactics`, `controls_used`, `preparation`, `written` (where its values come from), `replicates` (`kept_replicates`),
`execution/`, `prepared_run`, `figures/`, `success_curves`, `outer_loop` (draws of uncertain numbers), `doubt/`,
`expectation_tests`, `patterns/`, `record/`, `claim_data/`, `signing/`, `rerun`, `outcome_tables`, `stories/`, `atlas/`,
`doctor/` (this machine).
"""
