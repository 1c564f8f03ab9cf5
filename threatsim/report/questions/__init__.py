"""Answers to questions: in the terminal, as a page, as charts and as tables.

Reading order: `parts` (what an answer is shown as), `sensitivity_words`, `sensitivity_parts`, `optimise_words`,
`optimise_parts`, `answer_charts`, `answer_print` (the terminal), `answer_files` (the folder).
"""
