"""Answers to questions: in the terminal, as a page, as charts and as tables.

Reading order: `parts` (what an answer is shown as), `sensitivity_words`, `sensitivity_parts`, `optimise_words`,
`optimise_parts`, `sweep_words`, `sweep_parts`, `sweep_charts`, `break_even_parts`, `answer_charts`, `answer_tables`,
`answer_print` (the terminal), `answer_files` (the folder), `publish_answer`, `publish_sweep`.
"""
