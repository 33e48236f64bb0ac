"""Checkpoints: safe reading, detection from keys and shapes, cards, catalogue, download.

``model_card``, ``catalogue`` and ``download`` need no torch; the others do.
"""
