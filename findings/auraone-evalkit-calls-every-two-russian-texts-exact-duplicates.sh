#!/bin/sh
# auraone-evalkit finds that every one of 40 different test questions in Russian is an exact duplicate of every training row; of the
# same questions in English it finds none.
#
# Texts are compared by their words, and a word is letters from a to z and digits. A text in Cyrillic, Greek, Chinese, Hindi or
# Arabic has no words, and two texts without words are the same text: similarity 1, exact duplicate, with both as evidence.
# One with a number in it is the number. The other way round, "Was it paid, or not?" has the words of "Not paid, or was it?", and
# nothing of their order counts. For "fine-tune, or keep prompting?": the audit stands before an evaluation, so that no item
# that was trained on is scored. In these languages it takes all items for leaked, so that either no test set is left or the audit is
# switched off, and the rows that did leak stay in; of dates and invoice numbers, those items go that share a number. Compare the
# texts themselves, or pass a function for similarity that reads the language and look at "similarity" of that alone.
#
# Seen with auraone-evalkit 0.3.0, for 40 questions against 40 other ones: 1,600 of 1,600 pairs are exact duplicates in Russian, and
# none in English; and so are the two sentences above.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check auraone-evalkit==0.3.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from auraone_evalkit.leakage.checker import audit_leakage

RUSSIAN = (["Когда придёт", "Где находится", "Кто отправил", "Почему не принят"],
           ["мой счёт", "моя посылка", "договор аренды", "ваш ответ", "новый пароль", "чек за ремонт", "паспорт клиента",
            "список адресов", "старый заказ", "отчёт за май"],
           ["Сколько стоит", "Как изменить", "Зачем нужен", "Можно ли вернуть"])
ENGLISH = (["When do we expect", "Where can I see", "Who sent out", "Why was refused"],
           ["my invoice", "the parcel", "our lease", "your answer", "a password", "repair receipts", "passports",
            "all addresses", "previous orders", "reports of May"],
           ["How much costs", "Please change", "Is anybody using", "May I return"])


def findings(language):
    asked, subjects, trained = language
    tests = [{"item_id": f"test {a} {b}", "prompt": f"{a} {b}?"} for a in asked for b in subjects]
    rows = [{"item_id": f"row {a} {b}", "prompt": f"{a} {b}?"} for a in trained for b in subjects]
    found = [one for one in audit_leakage(tests, reference_items=rows)["findings"] if one["source"] == "reference"]
    return len(tests) * len(rows), sum(one["risk"] == "exact_duplicate" for one in found), len(found)


russian, english = findings(RUSSIAN), findings(ENGLISH)
order = audit_leakage([{"item_id": "1", "prompt": "Was it paid, or not?"}, {"item_id": "2", "prompt": "Not paid, or was it?"}])
print(f"auraone-evalkit {version('auraone-evalkit')}: pairs, exact duplicates and findings {russian} in Russian, "
      f"{english} in English; {[(one['risk'], one['evidence']) for one in order['findings']]}")
assert russian == (1600, 1600, 1600) and english == (1600, 0, 0), "the behaviour has changed"
assert order["findings"][0]["similarity"] == 1, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
