"""A call sent again: shown first, sent when the user wants it, and set beside the recorded one."""
