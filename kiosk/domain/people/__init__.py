"""Who is who: rights and codes, devices, who is here, from where, and how much each may ask."""
