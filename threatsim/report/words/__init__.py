"""Figures in sentences.

Reading order: `numbers`, `answer` and `answer_parts/`, `arm_lines`, `arm_words`, `balance`, `parties`, `reader_words`,
`comparison_words`, `pattern_words`, `expectation_words`, `doubt/`, `parameter_rows`, `kept_words`,
`population_words`, `stopping_words`, `limits`.
"""
