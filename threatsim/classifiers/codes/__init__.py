"""Classifiers of claims.

Reading order: `claim_card`, `perceptron`, `claim_store`, `claim_training`.
"""
