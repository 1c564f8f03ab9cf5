"""One attack on one classifier, measured.

Reading order: `attack_options`, `attack_run`, `budget_curve`, `attack_measures`, `attack_record`, `transfer_grid`,
`paper_table`, `paper_table_run`.
"""
