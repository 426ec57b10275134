"""From a model's name to the model. Lives here: what a name's beginning means; the models are elsewhere."""

from __future__ import annotations

from curvefit.errors import ModelUnavailable
from curvefit.models.base import UNPRICED, Form, Model, Prices
from curvefit.models.redaction import redact_word

__all__ = ["resolve"]


def resolve(
    name: str,
    *,
    api_base: str | None = None,
    form: Form | None = None,
    prices: Prices | None = None,
    batch: bool = False,
) -> Model:
    """Return the model of this name; nothing is loaded, fetched or asked yet.

    Parameters
    ----------
    name : str
        ``local/NAME`` (a model that runs here, see `store.CATALOGUE`), ``local:PATH.gguf`` (a file of your own),
        ``simulated/TRUTH`` (one whose true curve is known), or any name litellm knows, such as ``openai/gpt-4o-mini``.
    api_base : str, optional
        Where a hosted model answers, for servers of your own.
    form : "plain" or "chat", optional
        Overrides the prompt form that was measured to be the model's better one.
    prices : Prices, optional
        What a hosted model costs, where litellm's list does not say or is wrong.
    batch : bool
        Whether a hosted model is asked by its provider's batch API, see `batches.BatchModel`.

    Raises
    ------
    ModelUnavailable
        No such model.

    Examples
    --------
    >>> cf.resolve("simulated/plateau").name
    'simulated/plateau'
    """
    if not isinstance(name, str) or not name.strip():
        raise ModelUnavailable("a model needs a name, such as local/gemma3-270m")
    if redact_word(name) != name:  # it would be sent, and stand in files, names of folders and messages
        raise ModelUnavailable(
            "what is given as the model's name looks like a key, so it is neither used nor repeated; give a name such"
            " as openai/gpt-4o-mini, and put the key into the provider's variable, such as OPENAI_API_KEY"
        )
    if name.startswith(UNPRICED):
        for option, value in (("--api-base", api_base), ("--price", prices), ("--batch", batch or None)):
            if value is not None:
                raise ModelUnavailable(f"{name} runs here and is not served or sold; leave {option} out")
        if name.startswith("simulated/"):
            from curvefit.models import simulated

            return simulated.parse(name)
        from curvefit.models.local import LocalModel

        return LocalModel(name, form=form)
    if name.startswith("hf:"):
        raise ModelUnavailable(
            f"{name} is for curvefit probe alone; to ask it, serve it by a program that speaks as OpenAI does, and use"
            " openai/NAME with --api-base"
        )
    from curvefit.models.hosted import HostedModel

    if batch:
        from curvefit.models.batches import BatchModel

        return BatchModel(name, api_base=api_base, form=form, prices=prices)
    return HostedModel(name, api_base=api_base, form=form, prices=prices)
