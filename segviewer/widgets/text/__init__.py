"""Text that fits, and text that stays text."""
