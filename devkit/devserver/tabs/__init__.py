"""What the console's further tabs need of the server: the gallery of states, and the project's tests."""
