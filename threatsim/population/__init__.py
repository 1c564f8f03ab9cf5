"""Populations of real providers: files of others, read and checked; no market and no scenario is known here.

Reading order: `foreign_table` (a CSV file, row by row), `cells` (what may stand in one), `plain_layout` (what scenarios
are filled with, and `columns_text`, how a scenario keeps its columns;
`volumes`, their mean and spread), `published_services` (Medicare's file),
`exclusions_list`, `fee_indices`, `importing`, which makes a plain file of them.
"""
