"""What knows no class: errors, words, instants, configuration, addresses, whole files, events."""
