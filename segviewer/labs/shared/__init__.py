"""What several labs compute alike; without Qt."""
