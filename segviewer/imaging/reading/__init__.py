"""Pictures and masks out of files that may be damaged, huge or hostile."""
