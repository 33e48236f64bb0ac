"""Sliders, switches, choices, and forms of them."""
