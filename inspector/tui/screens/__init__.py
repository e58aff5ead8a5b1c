"""What is put on top of a view and goes again."""
