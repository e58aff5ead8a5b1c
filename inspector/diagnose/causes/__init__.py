"""What is known of each cause, one family a module."""
