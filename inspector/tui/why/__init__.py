"""What is wrong with the selected call."""
