"""A memory card for a Raspberry Pi that starts on the class's display (``kiosk image``)."""
