import struct

from curvefit.models import gguf, store


def string(text):
    return struct.pack("<Q", len(text)) + text


def vocabulary(path, kind, tokens):
    """Write a header that holds nothing but a vocabulary, and a list of numbers before it."""
    numbers = struct.pack("<IIQ", 9, 4, 3) + struct.pack("<3I", 1, 2, 3)
    pairs = [
        string(b"general.numbers") + numbers,
        string(b"tokenizer.ggml.model") + struct.pack("<I", 8) + string(kind),
        string(b"tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(tokens)) + b"".join(map(string, tokens)),
    ]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs))
    return path


def test_tokens_are_found_by_what_they_spell_in_a_sentencepiece_vocabulary(tmp_path):
    file = vocabulary(
        tmp_path / "x.gguf", b"llama", [b"<s>", "\u2581card".encode(), b"card", b"<0x0A>", b"\n\n", b"car"]
    )
    found = gguf.find_tokens(file, [b" card", b"card", b"\n", b"\n\n", b" ca"])
    assert found == {b" card": [1], b"card": [2], b"\n": [3], b"\n\n": [4]}


def test_tokens_are_found_by_what_they_spell_in_a_byte_level_vocabulary(tmp_path):
    file = vocabulary(
        tmp_path / "x.gguf", b"gpt2", ["\u0120card".encode(), "\u010a".encode(), "\u00c3\u00a9".encode(), b" card"]
    )
    assert gguf.find_tokens(file, [b" card", b"\n", "\u00e9".encode()]) == {
        b" card": [0],
        b"\n": [1],
        "\u00e9".encode(): [2],
    }


def test_in_a_vocabulary_of_another_kind_nothing_is_found(tmp_path):
    assert gguf.find_tokens(vocabulary(tmp_path / "x.gguf", b"bert", [b"card"]), [b"card"]) == {}


def test_a_real_model_s_tokens_spell_what_its_engine_says(gemma):
    texts = [" card", "card", "_", "\n", "\n\n", "\u732b", " ", " B", "\u00e9"]
    found = gguf.find_tokens(store.path("gemma3-270m"), [text.encode() for text in texts])
    running = gemma._any_engine()
    for text in texts:
        for token in found[text.encode()]:
            assert running._post("/detokenize", {"tokens": [token]})["content"] == text
    assert gguf.find_tokens(store.path("gemma3-270m"), [b" no token spells this"]) == {}
