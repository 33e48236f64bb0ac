"""Figures that are saved, copied, recorded, and reopened."""
