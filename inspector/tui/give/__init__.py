"""What goes out of the terminal UI: to the clipboard, into files, to a pager and an editor."""
