"""``kiosk jobs``: Onisep's open data on jobs (Idéo-Métiers, Idéo-Fiches métiers), read into a file of its own."""
