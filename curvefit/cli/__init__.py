"""The command line: parse, call, print. One module a command; nothing here computes."""
