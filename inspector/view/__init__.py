"""What a recording says to a person, as plain text: for the command line and the terminal UI alike."""
