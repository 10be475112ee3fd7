"""DevTools for pages on phones: an agent in the page, a relay here, a front end at the console."""
