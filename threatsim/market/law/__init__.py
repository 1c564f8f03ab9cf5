"""The law: what follows from findings, and what a provider expects of it.

Reading order: `case_course` (when cases open and how they end), `sample_odds` (what a sample shows), `expectation`.
"""
