"""Models: Claude and OpenAI-compatible endpoints, behind one port, with deadlines, retries, fallbacks and a breaker."""
