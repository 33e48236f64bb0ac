"""Weights that ship, and those that can be fetched."""
