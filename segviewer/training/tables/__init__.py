"""What is trained and measured for the tables that compare heads."""
