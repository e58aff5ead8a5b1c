"""What can be seen in a call without any secret, one family a module."""
