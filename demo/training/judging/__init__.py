"""Tools that judge what the voice says, and who says it."""
