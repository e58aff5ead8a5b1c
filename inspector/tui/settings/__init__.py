"""What the user has settled: in the config file by hand, and in the terminal UI by choosing."""
