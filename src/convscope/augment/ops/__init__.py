"""The operations, by what they do."""
