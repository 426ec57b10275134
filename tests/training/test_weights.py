"""A model file becomes weights to train: a tiny one, made here, so that nothing kept from an earlier run helps."""

import numpy as np
import pytest

from curvefit.errors import ModelUnavailable
from curvefit.training import weights

WIDTH, LAYERS, WORDS = 8, 2, 12
SHAPES = {
    "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH),
    "ffn_gate": (2 * WIDTH, WIDTH), "ffn_up": (2 * WIDTH, WIDTH), "ffn_down": (WIDTH, 2 * WIDTH),
    "attn_norm": (WIDTH,), "ffn_norm": (WIDTH,),
}  # fmt: skip


@pytest.fixture
def written(tmp_path):
    """Return the file of a llama of two layers, and the values in it."""
    pytest.importorskip("torch", reason="no fine-tuning here: pip install 'curvefit[probe]'")
    import gguf  # and whatever else the extra must bring: this fails where that does not

    source = np.random.default_rng(0)
    values = {"token_embd.weight": (WORDS, WIDTH), "output_norm.weight": (WIDTH,)}
    values |= {f"blk.{layer}.{name}.weight": shape for layer in range(LAYERS) for name, shape in SHAPES.items()}
    values = {name: source.normal(size=shape).astype(np.float32) for name, shape in values.items()}
    file = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_rope_dimension_count(WIDTH // 2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(WORDS)
    for name, array in values.items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file, values


def test_a_model_file_is_read_with_what_the_extra_installs(written, tmp_path):
    file, values = written
    folder = weights.convert(file, tmp_path / "kept" / "tiny")
    with weights.quietly():
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(folder)
    read = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    np.testing.assert_array_equal(read["model.embed_tokens.weight"], values["token_embd.weight"])
    np.testing.assert_array_equal(read["model.layers.1.mlp.up_proj.weight"], values["blk.1.ffn_up.weight"])
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert weights.convert(tmp_path / "gone.gguf", folder) == folder  # what is there is not read again
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_without_one_of_its_packages_training_says_what_to_install(monkeypatch):
    monkeypatch.setattr(weights, "_NEEDED", ("torch", "no_such_package"))
    with pytest.raises(ModelUnavailable, match=r"no_such_package; run: pip install 'curvefit\[probe\]'"):
        weights.require()
