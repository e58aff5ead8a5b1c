"""What clients and paths are known to do differently, one family a module, and the terms they share."""
