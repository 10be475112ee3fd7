"""Bundling: esbuild engines, watcher and diagnostics."""
