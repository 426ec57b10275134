"""How well the prediction from measured cases does on sources that no choice was made on.

Registered before any of the models below was run on the part that scores it:

- Two parts. *Older*: the laboratory and the published sources that came with the package before. *Newer*: the sources
  that were added to the evidence since (`NEWER`).
- Choices (of the scale, of what is looked at, of the priors) are made on the older part alone, every source left out
  in turn, by the continuous ranked probability score of the gain, which rewards narrow intervals and true ones.
- What was chosen is scored once on the newer part, every source of it predicted from all others. Then the reverse:
  the same candidates are compared on the newer part alone, and the best of them is scored on the older.
- Goals: AUC of 0.80 or more; 85 to 95% of gains in their 90% intervals; a median width of these of 35 points or less;
  a log-loss ahead of the base rate with an interval that excludes 0. Intervals by resampling whole sources.
"""
