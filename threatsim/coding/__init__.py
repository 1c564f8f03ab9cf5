"""Claims as codes: a code book, patients and what is true of them, a payer's policy, a classifier, and code swaps."""
