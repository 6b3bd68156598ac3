"""What a text says: its bounds, its hints, what it is near to, whether somebody may be in danger."""
