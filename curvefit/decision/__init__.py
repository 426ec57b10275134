"""What to do: prompts compared, and the one thing to do next. Values in, values out."""
