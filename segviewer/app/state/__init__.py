"""The session and its history, what came back from the engine, preferences, recovery."""
