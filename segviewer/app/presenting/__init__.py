"""A lecture on the large screen: its text, its speaker's window, its lens."""
