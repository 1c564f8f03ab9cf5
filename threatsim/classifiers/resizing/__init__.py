"""The payer's resize: pictures are submitted larger than what a classifier reads.

Reading order: `filter_matrix` (what each new pixel is made of), `resize` (the layer), `resized_classifier` (the network
behind it).
"""
