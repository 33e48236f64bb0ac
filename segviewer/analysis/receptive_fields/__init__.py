"""Theoretical fields by tracing a network, effective ones by its gradient."""
