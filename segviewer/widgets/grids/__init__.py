"""Tiles and lattices."""
