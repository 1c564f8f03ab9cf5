"""Outcomes on photographs as tables that ship: made from one's own archive, and held against it.

Reading order: `making`, `verifying`.
"""
