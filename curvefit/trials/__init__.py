"""From a task and a model to replies on disk: design, prompts, journal, runner. Knows no curve."""
