"""The pupils' phones: their pages, with forms alone, and their socket."""
