"""Adapters: each translates between a platform and the desk, and delivers. All policy stays in the core."""
