"""What a command does from end to end, for Python users too."""
