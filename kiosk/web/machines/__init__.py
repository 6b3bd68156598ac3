"""What machines read: health and metrics."""
