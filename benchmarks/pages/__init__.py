"""Pages of the documents that are made, not written: run by hand, or by `make docs`."""
