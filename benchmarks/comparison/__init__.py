"""Whether two studies are compared rightly."""
