"""One module a sample task. Lives here: grammars and hand-written lists from which examples are drawn, and no IO."""
