"""What every page shares: which kiosk, room and person it is for, safety, assets, failures."""
