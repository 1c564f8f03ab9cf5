"""Answers to questions: in the terminal, as a page, as charts and as tables.

Reading order: `parts` (what an answer is shown as), `path_words`, `sensitivity_words`, `sensitivity_parts`,
`optimise_words`, `optimise_parts`, `sweep_words`, `sweep_parts`, `break_even_parts`, `charts/`, `answer_tables`,
`answer_print` (the terminal), `answer_page`, `answer_files` (the folder), `publish_answer`, `publish_sweep`.
"""
