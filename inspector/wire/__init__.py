"""What was said: bytes as they travelled, and nothing about what they mean."""
