"""One test run: the pytest plugin, the built panel, browsers, reports and coverage."""
