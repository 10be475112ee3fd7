"""The page of a test: the panel in it, and how Playwright is driven."""
