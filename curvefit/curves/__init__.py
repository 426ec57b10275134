"""From scores to a verdict: numpy in, frozen results out. No IO, no clock, no global random state."""
