"""What the families share.

Reading order: `target_decision` (what is wanted), `domain` (what a file may be), `target` (the classifier made ready;
`folding` and `precision` make it faster, `steady_layers` and `batch_invariance` steady), `objective`, `loop` (the
search), `queries` (a payer who answers), `other_patients`, `batch`.
"""
