"""What a project brings: its entry module, and the configuration of the tools that it was built with."""
