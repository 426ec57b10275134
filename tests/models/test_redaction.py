import pytest

from curvefit.models.redaction import redact


@pytest.mark.parametrize("key", ["sk-proj-abcdef123456", "sk-ant-REDACTED", "gsk_" + "a" * 30, "hf_" + "b" * 30])
def test_keys_of_known_shape_are_taken_out(key):
    assert key not in redact(f"wrong key: {key}!\nnext line")
    assert redact(f"a {key} b") == "a [key] b"


@pytest.mark.parametrize(
    "variable",
    ["SOME_API_KEY", "WATSONX_APIKEY", "AWS_BEARER_TOKEN_BEDROCK", "AZURE_PASSWORD", "AWS_SECRET_ACCESS_KEY"],
)
def test_the_value_of_a_credential_s_variable_is_taken_out(monkeypatch, variable):
    monkeypatch.setenv(variable, "plain-looking-words")
    assert redact("denied for plain-looking-words") == "denied for [key]"


def test_who_logs_in_to_a_server_is_taken_out():
    assert redact("no route to http://user:hunter2@host/v1") == "no route to http://[key]@host/v1"


def test_what_is_no_key_stays():
    line = "POST https://host/v1 mail me@host 429"
    assert redact(line) == line
