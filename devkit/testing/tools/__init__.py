"""What is made from a run: recorded tests and contact sheets."""
