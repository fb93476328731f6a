"""Models that understand or speak, installed by name."""
