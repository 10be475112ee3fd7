"""Panel tests on many machines: browsers of Playwright servers, and the parts of one run."""
