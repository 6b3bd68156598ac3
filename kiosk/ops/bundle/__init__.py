"""``kiosk bundle``: one archive that starts a machine which never had a network."""
