"""Where the emulator keeps its rows: in memory, in a SQLite file or in PostgreSQL."""
