"""A programme as an office writes it: tables of sessions and speakers, read the same for a kiosk and for the centre."""
