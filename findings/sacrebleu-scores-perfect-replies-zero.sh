#!/bin/sh
# sacrebleu gives 0 to a set of replies that are all equal to their references, and more to a set that is nearly all
# wrong.
#
# BLEU counts groups of one to four words. Where no reply has four, the fourth count is empty, and the score of the set
# is 0 however good the replies are: the smoothing that is on by default does not help an empty count. One reply of
# four words among fifty decides it all, to 100. The score of one sentence uses another rule, which leaves the empty
# counts out, and says 100 for each of the same replies. For learning curves on short answers: the curve is flat at 0,
# or jumps with the one longer item that is in a draw, and neither says anything about the model. Use exact match,
# chrF, the mean of the sentences' scores, or use_effective_order=True.
#
# Seen with sacrebleu 2.6.0: 0 for fifty perfect replies (100 each alone), 7.3 for fifty wrong ones and one of four
# words.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sacrebleu==2.6.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from sacrebleu import corpus_bleu, corpus_chrf, sentence_bleu

short, longer = ["cancel my order"] * 50, ["please cancel my order"]
perfect = corpus_bleu(short, [short]).score
alone = sentence_bleu(short[0], short[:1]).score
effective = corpus_bleu(short, [short], use_effective_order=True).score
with_longer = corpus_bleu(short + longer, [short + longer]).score
wrong = corpus_bleu(["where is it"] * 50 + longer, [short + longer]).score
chrf = corpus_chrf(short, [short]).score
print(f"sacrebleu {version('sacrebleu')}: 50 perfect short replies {perfect:.1f} as a set, {alone:.1f} each alone, "
      f"{effective:.1f} with effective order, chrF {chrf:.1f}")
print(f"and one perfect reply of four words: {with_longer:.1f} with the 50 right, {wrong:.1f} with the 50 wrong")
rounded = [round(score) for score in (perfect, alone, effective, with_longer)]
assert rounded == [0, 100, 100, 100] and wrong > 5, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
