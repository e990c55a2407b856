"""Neighbours, found by name and by entry point: channels and actions. A broken one is reported, never fatal."""
