"""The fake of window.h5PanelSdk: member table, sessions and methods."""
