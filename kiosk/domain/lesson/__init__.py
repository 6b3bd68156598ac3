"""« Préparer en classe »: a lesson on the shared screen, days before the talk, that ends as the prepared list."""
