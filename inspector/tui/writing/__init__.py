"""Lines that are written: the filter and the command line, with completion and history."""
