"""`devkit mcp`: the running panel as tools for coding agents, over the Model Context Protocol."""
