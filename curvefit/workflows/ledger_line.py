"""What a line of the ledger holds. Lives here: its record, loaded where a ledger is read."""

from __future__ import annotations

from typing import Literal

from curvefit.records import EstimateRecord, Field, Positive, Record, Share

__all__ = ["LedgerLine"]


class LedgerLine(Record):
    """What was predicted for a study and a fine-tuned model, and what came."""

    schema_: Literal["curvefit.ledger/1"] = Field(alias="schema")
    key: str = Field(description="Names study and fine-tuned model: one case, however many lines have it.")
    task: str
    model: str
    fine_tuned: str
    n_train: Positive
    margin: Share
    predicted: EstimateRecord
    probability: Share
    gain: EstimateRecord
    # Older lines have none of these.
    n_train_stated: bool = False
    asked: str = ""
    prompt: str = ""
