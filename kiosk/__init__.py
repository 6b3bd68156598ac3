"""Kiosque Métiers en direct. Imports nothing: the engine must patch before anything else is loaded."""

__version__ = "1.0.0"
