#!/bin/sh
# Chroma's BM25 in JavaScript gives the words of a question other numbers than its BM25 in Python, where a word has a letter beyond
# ASCII: Kündigung and Счёт are not found among examples that the other one stored, and for English nothing is amiss.
#
# A text is stored as numbers of words, by a hash. Python hashes the bytes of UTF-8; JavaScript takes the lower eight bits of
# each letter's code, and the number of letters in place of that of bytes. Both register as chroma_bm25, with one
# configuration, as parts of one system. Where examples are stored by a program in Python and asked for by an application in
# JavaScript, plain words of German and French are found and the others are not; in Russian, Greek, Hindi, Chinese and
# Japanese no word is, and every example has the score 0. For learning curves with the most similar examples: they are any
# examples, so that retrieval "does not help", and the advice is to fine-tune. The same application in English
# works, as does each language by Python alone. Store and ask by the same client.
#
# Seen with chromadb 1.5.9, its npm package @chroma-core/chroma-bm25 0.1.10 and eight examples in each language: by Python the
# example with the question's own word is the first for all eight; asked by JavaScript, for 8 in English, 0 in German and 0 in Russian.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check chromadb==1.5.9 snowballstemmer==3.1.1 >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional --prefix "$folder" @chroma-core/chroma-bm25@0.1.10 >/dev/null 2>&1
cat > "$folder/texts.json" <<'JSON'
{"English": {"stored": ["Customer writes about a refund today", "Customer writes about a parcel today",
  "Customer writes about an invoice today", "Customer writes about a password today", "Customer writes about a contract today",
  "Customer writes about a discount today", "Customer writes about a delay today", "Customer writes about an address today"],
  "asked": ["refund please", "parcel please", "invoice please", "password please", "contract please", "discount please",
  "delay please", "address please"]},
 "German": {"stored": ["Kunde schreibt heute wegen Kündigung", "Kunde schreibt heute wegen Rückgabe",
  "Kunde schreibt heute wegen Gebühr", "Kunde schreibt heute wegen Störung", "Kunde schreibt heute wegen Prämie",
  "Kunde schreibt heute wegen Verzögerung", "Kunde schreibt heute wegen Adressänderung", "Kunde schreibt heute wegen Empfänger"],
  "asked": ["bitte Kündigung", "bitte Rückgabe", "bitte Gebühr", "bitte Störung", "bitte Prämie", "bitte Verzögerung",
  "bitte Adressänderung", "bitte Empfänger"]},
 "Russian": {"stored": ["Клиент пишет про возврат", "Клиент пишет про посылку", "Клиент пишет про счёт", "Клиент пишет про пароль",
  "Клиент пишет про договор", "Клиент пишет про скидку", "Клиент пишет про задержку", "Клиент пишет про адрес"],
  "asked": ["возврат пожалуйста", "посылку пожалуйста", "счёт пожалуйста", "пароль пожалуйста", "договор пожалуйста",
  "скидку пожалуйста", "задержку пожалуйста", "адрес пожалуйста"]}}
JSON
cat > "$folder/asked.mjs" <<'JS'
import fs from "node:fs";
import { ChromaBm25EmbeddingFunction } from "@chroma-core/chroma-bm25";

const texts = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const words = new ChromaBm25EmbeddingFunction();
const asked = {};
for (const [language, { asked: questions }] of Object.entries(texts)) asked[language] = await words.generateForQueries(questions);
console.log(JSON.stringify(asked));
JS
node "$folder/asked.mjs" "$folder/texts.json" > "$folder/javascript.json"
cat > "$folder/seen.py" <<'PY'
import json
import sys
from importlib.metadata import version

from chromadb.utils.embedding_functions.chroma_bm25_embedding_function import ChromaBm25EmbeddingFunction

folder = sys.argv[1]
texts = json.load(open(f"{folder}/texts.json"))
javascript = json.load(open(f"{folder}/javascript.json"))
words = ChromaBm25EmbeddingFunction()


def weights(vectors):
    return [{int(word): float(weight) for word, weight in zip(*pair)} for pair in vectors]


def found(stored, asked):
    scores = [[sum(weight * text.get(word, 0) for word, weight in question.items()) for text in stored] for question in asked]
    return sum(row[n] == max(row) and row[n] > 0 for n, row in enumerate(scores))


print(f"chromadb {version('chromadb')} and @chroma-core/chroma-bm25 0.1.10: of eight questions, their own example is the first for")
seen = {}
for language, of in texts.items():
    stored, asked = (weights([(vector.indices, vector.values) for vector in words(of[which])]) for which in ("stored", "asked"))
    by_javascript = weights([(vector["indices"], vector["values"]) for vector in javascript[language]])
    seen[language] = found(stored, asked), found(stored, by_javascript)
    print(f"  {language}: {seen[language][0]} asked by Python, {seen[language][1]} asked by JavaScript, all stored by Python")
assert seen == {"English": (8, 8), "German": (8, 0), "Russian": (8, 0)}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
