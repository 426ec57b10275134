"""Real fine-tuning on this machine."""
