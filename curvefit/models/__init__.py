"""Language models behind one protocol: hosted, embedded and simulated. Knows no task."""
