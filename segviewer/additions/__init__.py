"""What installed packages add to this program."""
