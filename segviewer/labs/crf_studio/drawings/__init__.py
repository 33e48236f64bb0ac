"""Widgets that one lab of the CRF studio alone draws with."""
