"""One attack on one classifier, measured.

Reading order: `attack_options`, `attack_run`, `attack_parts` (kept as they end), `budget_curve`, `attack_measures`,
`attack_record`, `transfer_grid`, `pgd_curve`, `paper_table`, `paper_table_file`, `paper_table_run`, `ladder`.
"""
