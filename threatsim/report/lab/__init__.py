"""Attacks, audits and defences as measured: tables, pages and charts.

Reading order: `attack_words`, `attack_summary`, `attack_panel`, `attack_charts`, `attack_page`, `attack_writing`,
`transfer_lines`, `ladder_lines`, `paper_table_words`, `paper_table_lines`, `beside_paper`, `audit_table`,
`defence_tables`.
"""
