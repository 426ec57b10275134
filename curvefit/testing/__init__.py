"""Fake providers and their faults, shipped so that users can rehearse. They answer requests; nothing here sends any."""
