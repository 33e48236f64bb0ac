"""Folders of pictures with target masks: which mask is whose, and what its numbers mean."""
