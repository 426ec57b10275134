"""From a curve to advice: what fine-tuning would add, and what to do next."""
