"""Pure functions behind the labs and the figures."""
