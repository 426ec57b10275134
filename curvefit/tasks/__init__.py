"""What is asked and how a reply is judged: items, tasks, scorers. Knows no model."""
