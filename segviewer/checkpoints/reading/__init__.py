"""What stands in a file of weights, before anything is made of it; nothing in it runs."""
