"""The subcommands, one module each; main.py imports them when they are used."""
