"""Figures in sentences.

Reading order: `numbers`, `answer` (`endpoint`, `suppression`), `arm_words`, `parties`, `reader_words`,
`comparison_words`, `pattern_words`, `expectation_words`, `doubt/`, `parameter_rows`, `kept_words`, `limits`.
"""
