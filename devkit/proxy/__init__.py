"""The in-process proxy and its certificate authority."""
