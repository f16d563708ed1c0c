"""Golden histories: what released engines were given, and exactly what came of it."""
