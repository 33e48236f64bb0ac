"""The small trainer that makes the bundled checkpoints."""
