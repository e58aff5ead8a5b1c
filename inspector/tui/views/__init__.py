"""What fills the room between the head line and the footer, one at a time."""
