"""The dev server, its host page and live updates."""
