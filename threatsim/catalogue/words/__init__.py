"""Words that people are told the meaning of.

Reading order: `glossary`.
"""
