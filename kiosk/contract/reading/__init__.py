"""What a question says, as both sides compare it: the same words, the same groups of near ones."""
