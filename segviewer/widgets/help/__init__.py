"""Sheets, panels and windows that explain."""
