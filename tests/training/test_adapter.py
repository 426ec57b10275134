import numpy as np
import pytest

from curvefit.errors import ModelUnavailable
from curvefit.training.adapter import Adapter, Architecture, write_adapter

gguf = pytest.importorskip("gguf", reason="no fine-tuning here: pip install 'curvefit[probe]'")


def written(tmp_path, architecture, rows=16):
    b = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    adapter = Adapter({(3, "q_proj"): (np.ones((2, 8), np.float32), b), (3, "v_proj"): (np.ones((2, 8)), b)}, 32.0)
    write_adapter(tmp_path / "a.gguf", adapter, architecture)
    reader = gguf.GGUFReader(tmp_path / "a.gguf")
    return reader, {tensor.name: np.array(tensor.data) for tensor in reader.tensors}, b


def test_an_adapter_names_what_the_engine_looks_for(tmp_path):
    reader, tensors, b = written(tmp_path, Architecture.of("gemma3_text", 4, 1))
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "gemma3"
    assert (fields["general.type"], fields["adapter.type"], fields["adapter.lora.alpha"]) == ("adapter", "lora", 32.0)
    assert set(tensors) == {f"blk.3.attn_{p}.weight.lora_{side}" for p in "qv" for side in "ab"}
    np.testing.assert_array_equal(tensors["blk.3.attn_q.weight.lora_b"], b)


def test_llama_s_queries_are_put_in_the_order_of_gguf_and_other_rows_are_left_alone(tmp_path):
    _, tensors, b = written(tmp_path, Architecture.of("llama", 2, 1))
    # Two heads of eight rows: transformers rotates row i with i + 4, GGUF with the one beside it.
    order = [0, 4, 1, 5, 2, 6, 3, 7]
    np.testing.assert_array_equal(tensors["blk.3.attn_q.weight.lora_b"], b[order + [8 + i for i in order]])
    np.testing.assert_array_equal(tensors["blk.3.attn_v.weight.lora_b"], b)


def test_the_same_adapter_gives_the_same_bytes(tmp_path):
    found = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, Architecture.of("llama", 2, 1))
        found.append((tmp_path / folder / "a.gguf").read_bytes())
    assert found[0] == found[1]


def test_a_kind_of_model_that_was_never_tried_is_refused():
    with pytest.raises(ModelUnavailable, match="'mamba' model cannot be fine-tuned here"):
        Architecture.of("mamba", 1, 1)
