"""The large display: its pages, its pictures of each phase, its socket."""
