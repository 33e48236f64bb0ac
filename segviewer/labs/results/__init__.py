"""The lab of tables."""
