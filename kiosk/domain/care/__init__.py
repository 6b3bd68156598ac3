"""A pupil in danger: the calm words, the numbers to call, and what an adult does with the message."""
