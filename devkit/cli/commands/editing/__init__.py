"""Commands that help while typing: in the shell and in the editor."""
