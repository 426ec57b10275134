"""Rules of thumb for fine-tuning: how often each was right."""
