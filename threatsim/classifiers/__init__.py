"""The payers' image classifiers: cards, networks, training, operating points and evaluation."""
