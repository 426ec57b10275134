import subprocess
import sys

import pytest

from curvefit.errors import ModelUnavailable
from curvefit.models.resolve import resolve


def test_a_name_s_beginning_says_what_it_is():
    assert resolve("local/gemma3-270m").keeps_prefix
    assert resolve("simulated/rising").name == "simulated/rising"
    assert resolve("openai/gpt-4o-mini").context == 128_000


def test_the_form_can_be_overridden():
    assert resolve("local/smollm2-135m").form == "plain"
    assert resolve("local/smollm2-135m", form="chat").form == "chat"
    assert resolve("openai/gpt-4o-mini", form="plain").form == "plain"


@pytest.mark.parametrize(
    "name",
    ["", " ", "local/unknown", "local:nowhere.gguf", "local:~nosuchuserx/x.gguf", "simulated/unknown", "gpt4ish"],
)
def test_a_name_that_means_nothing_is_refused(name):
    with pytest.raises(ModelUnavailable) as caught:
        resolve(name)
    assert "\n" not in str(caught.value)


def test_an_api_base_for_a_model_that_runs_here_is_refused():
    with pytest.raises(ModelUnavailable, match="--api-base"):
        resolve("local/gemma3-270m", api_base="http://127.0.0.1:1/v1")


def test_resolving_a_local_model_loads_neither_engine_nor_litellm():
    program = (
        "import sys; from curvefit.models.resolve import resolve; resolve('local/gemma3-270m');"
        "print([m for m in ('xllamacpp', 'litellm', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
