"""The laboratory, which fine-tunes for real, and what predicts the gain that it measured."""
