"""What the pool can teach: real fine-tuning on this machine. The only importer of torch."""
