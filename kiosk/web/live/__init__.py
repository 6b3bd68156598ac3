"""Socket.IO: hints to displays and panels, small JSON to phones.

An emit is a hint; the server's state is the truth (``docs/realtime.md``).
"""
