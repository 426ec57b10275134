"""What our JSON files hold, and an index that is printed. Lives here: their records; no file is read.

Each file has two records: what is read back, which has to be right, and the whole of it, which adds what was concluded
and is what the JSON Schema describes. Conclusions are made anew when a file is read, so that a fault in them, or a form
they had in an earlier version, stops nobody. Loaded only where a file is read: see `curvefit.records`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from curvefit.records import (
    AliasChoices,
    Amount,
    BeforeValidator,
    Count,
    EstimateRecord,
    Field,
    IntervalRecord,
    Positive,
    Record,
    Seed,
    Share,
    json_schema,
)
from curvefit.workflows.ledger_line import LedgerLine

__all__ = [
    "SHIPPED",
    "ComparisonDocument",
    "FailuresDocument",
    "IndexDocument",
    "MeasurementRecord",
    "PayoffRecord",
    "ProbeDocument",
    "ProbeRecord",
    "ProbedRecord",
    "StudyDocument",
    "StudyRecord",
    "ValidationDocument",
]

Grid = Annotated[
    list[list[list[Share | None]]], Field(description="By number of shots, draw and item; null: nothing was observed.")
]

# In 0.1.0 its name was luck.
Optimism = Annotated[
    Share | None,
    Field(
        validation_alias=AliasChoices("optimism", "luck"),
        description="By how much the best prompt looks better than it is, having been picked; null: not known.",
    ),
]


def _day(text: Any) -> Any:
    if text:
        date.fromisoformat(str(text))
    return text


Day = Annotated[str, BeforeValidator(_day), Field(min_length=10, description="YYYY-MM-DD")]


class NoteRecord(Record):
    """Something to know about how a measurement was made, and what it is about."""

    origin: Literal["task", "asking", "import", "training"]
    text: str
    short: str = Field("", description="The same in a few words, where the first screen of a page has it.")


# In 0.1.0 a note was its sentence alone. These were conclusions, for the margin of then, and are made anew.
_CONCLUSIONS: Final = re.compile(
    r"look \d+ of \d+: |all that tells was measured|the verdict (?:stands|depends on)"
    r"|One seed cannot|Gain and break-even"
)


def _notes(notes: Any) -> Any:
    if not isinstance(notes, list):
        return notes
    return [
        {"origin": "asking", "text": note} if isinstance(note, str) else note
        for note in notes
        if not (isinstance(note, str) and _CONCLUSIONS.match(note))
    ]


Notes = Annotated[list[NoteRecord], BeforeValidator(_notes)]


class TrainingPriceRecord(Record):
    """A row of the list of prices, as it was; null and "": not known."""

    provider: str
    model: str
    smallest: Amount | None
    largest: Amount | None
    method: str
    training_low: Amount | None
    training_high: Amount | None
    training_per: str
    hosting_low: Amount | None
    hosting_high: Amount | None
    hosting_per: str
    tokens: str
    input: Amount | None
    output: Amount | None
    read: Day
    source: str
    via: str
    ends: Annotated[str, BeforeValidator(_day)]
    note: str


class PriceListingRecord(Record):
    """Which amounts are from the list of prices, and what they rest on."""

    price: TrainingPriceRecord
    amounts: list[str]
    looked_up: Day
    examples: Count
    passes: Count
    tokens: Amount | None = Field(description="Of one example.")
    hours: Amount | None


class TunedModelRecord(Record):
    """Another model, fine-tuned, and what it gains over the prompt."""

    model: str
    gain: EstimateRecord
    basis: Literal["validated", "probed", "predicted"]


class CostsRecord(Record):
    """What prompting and fine-tuning cost, as stated, or by the list of prices; null: not known."""

    calls_per_month: float
    prompted_usd_per_1000: float | None
    tuned_usd_per_1000: float | None
    training_usd: float | None
    labour_usd: float
    hosting_usd_per_month: float | None
    error_usd: float
    halving_months: float | None = Field(description="null: prices stay.")
    upper_ends: dict[str, Amount] = Field({}, description="Of amounts that are a range: the amount is the lower end.")
    listing: PriceListingRecord | None = None
    tuned: TunedModelRecord | None = None
    at_base_price: bool = Field(False, description="Whether the fine-tuned model's calls are priced as the base's.")
    at_validated_price: bool = Field(False, description="Whether they are priced as curvefit validate measured them.")
    at_measured_price: bool = Field(False, description="Whether the prompt's calls are priced as they were measured.")
    command: list[str] = Field([], description="The command line that stated them, as words.")


class LooksRecord(Record):
    """How measuring in looks ended."""

    number: Positive
    of: Positive
    outcome: Literal["settled", "given-up", "stopped", "complete"]
    level: Share
    chance: Share | None = Field(description="That all of the design would settle it, where that was given up.")


class TakenStepRecord(Record):
    """One thing that `curvefit decide` did to find out."""

    code: str
    said: str = Field(description="What came of it then, in words: history, which later costs or probes do not change.")
    calls: Count
    usd: Amount | None = Field(description="null: the price is not known.")
    seconds: Amount | None = Field(description="null: not known.")
    command: str | None = Field(description="Does the same again; null where there is none.")
    problem: str | None = Field(description="Why it was not taken, or not to its end; null where it was.")


class UsageRecord(Record):
    """What asking took: the replies that this rests on. A journal may keep others, which were paid for too."""

    calls: Count
    prompt_tokens: Count
    cached_tokens: Count
    completion_tokens: Count
    usd: Amount | None = Field(description="null: the price is not known.")
    seconds: Amount
    rate_limited: Count = Field(0, description="Attempts beside the calls that were refused for their rate (429).")
    faults: Count = Field(0, description="Attempts beside the calls that ended in another fault that may pass.")


class DesignRecord(Record):
    """What was asked."""

    shots: list[Count]
    draws: Positive
    items: Positive
    seed: Seed
    selection: Literal["random", "balanced", "similar"]
    reply_tokens: Positive | None = Field(None, description="Most tokens of a reply; null: by task and model.")
    ordered_by: Literal["text", "place"] = Field(
        "place", description="What decides random orders beside the seed: what examples ask, or where they stand."
    )


class SameAnswerRecord(Record):
    """Readable replies at a number of shots that all give one answer."""

    shots: Count
    count: Count
    answer: str


class CutRecord(Record):
    """Replies that were cut off at the cap of tokens, of how many."""

    count: Count
    replies: Count
    tokens: Positive


class JudgeOutcomeRecord(Record):
    """How the model did whose verdicts the scores are."""

    model: str
    pairwise: bool
    found_right: Amount = Field(description="Of the replies that a person calls right, how many it does too.")
    labelled_right: Count
    found_wrong: Amount
    labelled_wrong: Count
    judged: Count
    unread: Count
    contradicted: Count


class SummaryRecord(Record):
    """Published means, where single scores are not known; one a number of shots."""

    accuracy: list[Share]
    stderr: list[Amount]
    n_items: list[Count] = Field(description="0: not known.")
    n_draws: list[Count] | None = Field(None, description="0: not known.")


class OverridesRecord(Record):
    """What was said of a task beside its files when it was read; null: nothing."""

    scorer: str | None = None
    instruction: str | None = None
    kind: str | None = None
    context: str | None = None


class UnaskedRecord(Record):
    """What the command has still to ask, requests that its parts share counted once; null: not known."""

    calls: Count
    usd: Amount | None
    most_usd: Amount | None
    minutes: Amount | None
    replies: Count | None = Field(None, description="Replies in its journal then; null: not known.")


class MeasurementRecord(Record):
    """What was observed, from which everything is concluded."""

    shots: list[Count]
    scores: Grid
    summary: SummaryRecord | None
    readable: Grid | None = Field(description="1: an answer could be read from the reply.")
    choices: Grid | None = Field(description="Scores of the label chosen under constraint.")
    scorer: str = Field("", description="How replies were judged; empty: not known.")
    also_scored_by: str = Field("", description="The second scorer; empty: there is none.")
    also_scores: Grid | None = Field(None, description="Scores of the same replies by the second scorer.")
    judge: JudgeOutcomeRecord | None = Field(None, description="The model that judged; null: a scorer did.")
    items: list[str] = Field(description="Ids, in the order of the scores.")
    groups: list[Count] = Field([], description="The group of each item; empty: each is its own.")
    n_labels: Count = Field(description="0: targets are free text.")
    pool: Count = Field(description="Size of the pool; 0: not known.")
    available: Count = Field(0, description="Items the task has to score; 0: not known.")
    commonest: list[Share] | None = Field(None, description="Score of the commonest target, given to every item.")
    form: str
    design: DesignRecord | None
    usage_by_shots: list[UsageRecord] = Field([], description="What each number of shots took; empty: not known.")
    seconds_by_shots: list[Annotated[list[float | None], Field(min_length=2, max_length=2)]] = Field(
        [], description="Median and 95th percentile of a call's time at each number of shots; empty: not known."
    )
    concurrency: Count = Field(0, description="Requests in flight at once; 0: not known.")
    notes: Notes
    extents: list[Annotated[list[Count], Field(min_length=2, max_length=2)]] = Field(
        [], description="Draws and items asked at each number of shots, where not all were."
    )
    stopped: str = Field("", description="The spending limit that ended the asking; empty: it came to its end.")
    unasked: UnaskedRecord | None = Field(
        None, description="What was left to ask when that limit ended it; null: not known."
    )
    same_answers: list[SameAnswerRecord] = Field([], description="Where the model answered every item alike.")
    cut: CutRecord | None = Field(None, description="Replies that were cut off; null: not known.")
    command: list[str] = Field([], description="The command that made it, without any key; empty: made from Python.")
    path: str = Field("", description="Where the task was read from.")
    overrides: OverridesRecord = Field(OverridesRecord(), description="What was said of a file without a task.yaml.")
    documents: Count = Field(
        0, description="Documents that the task names and prompts do not show; 0: none, or unknown."
    )
    asked: str = Field("", description="Fingerprint of instruction, scorer and scored items.")
    digests: list[str] = Field([], description="A digest of each item, its target and its scorer; empty: not known.")
    unscored: list[Annotated[list[Count], Field(min_length=3, max_length=3)]] | None = Field(
        None, description="Places in the scores of trials that another tool asked and has no score of."
    )
    own_examples: bool = Field(False, description="Each item was shown random examples of its own.")
    draw_names: list[str] = Field([], description="What another tool calls each draw; empty: not known.")
    wholly_right: list[Share | None] = Field(
        [], description="Share of wholly right replies at each number of shots, where scores are averages; else empty."
    )
    model_context: Positive | None = Field(None, description="Tokens the model holds, with the reply; null: not known.")
    too_long: list[str] = Field([], description="Examples, by id, too long to be shown as most similar ones.")
    retrieved: MeasurementRecord | None = Field(None, description="The same items with the most similar examples.")


class OverShownRecord(Record):
    """What training on a few examples gave over showing as many."""

    n: Count
    gain: EstimateRecord


class ProbedRecord(Record):
    """What fine-tuning a small model on the task gave."""

    model: str
    best_prompted: Share
    n_train: Count
    gain: EstimateRecord
    over_shown: OverShownRecord | None = None
    optimism: Optimism = None
    items: Count | None = Field(None, description="On how many the gain was measured; null: not known.")
    tuned: EstimateRecord | None = Field(None, description="What the fine-tuned model scored; null: not known.")


class RuleRecord(Record):
    """What the rule of thumb says, and how often it was right where it said so."""

    doubling: float = Field(description="What the last doubling added; beyond 1 where it is extrapolated.")
    rises: bool
    cases: Count
    right: Count
    alike: bool


class StandInRecord(Record):
    """What a plain classifier, trained on as many examples, says of fine-tuning."""

    classifier: EstimateRecord
    fine_tuned: EstimateRecord = Field(description="On the same items; on new ones see fine_tuned of the payoff.")
    pairs: Count = Field(description="Measured pairs of both that it rests on.")
    data_sets: Count
    larger: bool = Field(description="Whether the model is larger than those of the pairs.")
    measured: bool = Field(
        True, description="Whether the classifier was trained on as many examples; else its accuracy is forecast."
    )


class PayoffRecord(Record):
    """What fine-tuning was predicted to add over the best prompt."""

    gain: EstimateRecord
    probability: Share = Field(description="That the gain exceeds the margin.")
    margin: Share
    n_train: Positive
    fine_tuned: EstimateRecord | None = Field(
        None,
        description="The accuracy it reaches: that of the best prompt, and the gain. Without the luck of that prompt's"
        " pick where stand_in is there, or the two would come to more than 1.",
    )
    basis: list[str]
    # In 0.1.0 a sentence stood here, which nothing can be read from.
    stand_in: StandInRecord | None = None
    rule: Annotated[RuleRecord | None, BeforeValidator(lambda rule: None if isinstance(rule, str) else rule)] = None


class MeanRecord(Record):
    """An accuracy."""

    accuracy: Share


class AccuracyRecord(MeanRecord):
    """An accuracy and its interval."""

    low: Share
    high: Share


class BaselinePointRecord(AccuracyRecord):
    """Accuracy of a plain classifier after training on n examples."""

    n: Positive


class BaselineRecord(Record):
    """What a plain classifier learns from the pool."""

    points: list[BaselinePointRecord] = Field(min_length=1)
    scores: Grid = Field(description="By number of training examples, random subset of the pool, and item.")
    items: list[str] = Field(description="Ids, in the order of the scores.")
    groups: list[Count] = Field([], description="The group of each item; empty: each is its own.")
    pool: Positive
    seconds: Amount = Field(description="Of one processor.")


class StudyRecord(Record):
    """What of a study.json is read back: what was measured, and what was asked of `analyze`."""

    schema_: Literal["curvefit.study/1"] = Field(alias="schema")
    task: str
    kind: str
    model: str
    level: Share = Field(description="Of every interval.")
    margin: Share = Field(description="The smallest gain worth having.")
    seed: Seed
    n_train: Count | None = Field(None, description="Examples to fine-tune on, as stated.")
    probes: list[ProbedRecord] | None = None
    baseline: BaselineRecord | None = None
    usage: UsageRecord
    measurement: MeasurementRecord
    payoff: Any = None  # read where it is wanted
    looks: LooksRecord | None = None
    costs: CostsRecord | None = None
    steps: list[TakenStepRecord] = Field([], description="What was done to find out, in order.")


class CountedRecord(AccuracyRecord):
    """An accuracy, its interval, and on how much it rests."""

    n_items: Positive | None = Field(None, description="null: not known.")
    n_draws: Positive | None = None


class ShotsRecord(CountedRecord):
    """Accuracy at a number of shots."""

    shots: Count


class BestRecord(ShotsRecord):
    """The best prompt measured."""

    retrieved: bool


class ForecastRecord(Record):
    """Accuracy expected at a number of shots."""

    shots: Count
    mean: Share
    low: Share
    high: Share


class ProbabilitiesRecord(Record):
    """Posterior probabilities of the gain left: above the margin, within it, a loss beyond it."""

    more: Share
    within: Share
    less: Share


class VerdictRecord(Record):
    """Whether accuracy still rises."""

    trend: str
    leaning: str | None = Field(None, description="The trend, or what an inconclusive one leans to; from 0.2.0 on.")
    probabilities: ProbabilitiesRecord | None = None
    gain_left: IntervalRecord
    gain_per_doubling: IntervalRecord
    margin: Share
    horizon: Count
    reasons: list[Any]


class CandidateRecord(AccuracyRecord):
    """One thing that could be shipped."""

    name: str
    model: str
    shots: Count
    retrieved: bool = Field(False, description="Whether the examples are those most similar to each input.")
    basis: Literal["measured", "validated", "probed", "predicted"] = Field(description="What its accuracy rests on.")
    usd_per_1000: float | None = Field(description="Dollars for a thousand calls; null: not known.")
    seconds_p50: float | None = Field(description="Median of a call's time; null: not known.")
    seconds_p95: float | None
    as_base: list[Literal["usd_per_1000", "seconds_p50"]] = Field(
        [], description="Which costs of a fine-tuned model are those of the untrained one without examples."
    )
    frontier: list[Literal["usd_per_1000", "seconds_p50"]] = Field(
        description="Of which costs no other candidate has less at the same accuracy or better."
    )


class CheaperPromptRecord(BestRecord):
    """A prompt that costs less than the best one, which adds to it no more than the margin."""

    added: EstimateRecord = Field(description="What the best prompt adds, item by item.")


class WhatIsLeftRecord(Record):
    """What is left where no measuring can settle it."""

    text: str
    command: str | None = Field(description="null: nothing takes it.")


class AdviceRecord(Record):
    """The one thing to do next."""

    action: str
    training: Literal["pays", "does not pay", "open"] | None = Field(
        None, description="Whether fine-tuning gains more accuracy than the margin; not about money."
    )
    leaning: Literal["pays", "does not pay", "open"] | None = Field(
        None, description="What is probable where `training` is open; not about money."
    )
    reasons: list[Any]
    cheaper_prompt: CheaperPromptRecord | None = Field(
        None, description="What to use in place of the best prompt; null: the best, or none yet."
    )
    why_open: str | None = Field(
        None,
        description="Why `curvefit decide` ended with `training` open; null: it did not, or a step says.",
    )
    what_is_left: WhatIsLeftRecord | None = Field(
        None, description="What to do where `training` is open and nothing is left to measure; else null."
    )


class DollarsRecord(Record):
    """Dollars and their interval."""

    value: float
    low: float
    high: float
    level: Share


class SavedRecord(Record):
    """Dollars saved a month, at those ends of ranges where fine-tuning does better, and at the others."""

    best: DollarsRecord
    worst: DollarsRecord


class MoneyRecord(Record):
    """What the costs come to, in words, and what is not known."""

    text: list[str]
    missing: list[str] = Field(
        description="Costs that are not known, and `gain` where none is predicted; with any, break_even is null."
    )
    saved_per_month_before: SavedRecord | None = Field(
        description="What is saved before the missing training and hosting; null: none is missing, or too much."
    )


class StudyDocument(StudyRecord):
    """A study: what was measured, and what this version concluded from it."""

    answer: str = Field("", description="The first sentence of the report; empty: an older file has none.")
    cautions: list[str] = Field([], description="What may make the answer wrong, the worst first.")
    money: MoneyRecord | None = Field(None, description="null: no costs were stated.")
    points: list[ShotsRecord]
    retrieved: list[ShotsRecord]
    best_prompted: BestRecord
    forecast: list[ForecastRecord]
    weights: dict[str, Share] = Field(description="Of the families of curves in the forecast.")
    verdict: VerdictRecord
    payoff: PayoffRecord | None
    candidates: list[CandidateRecord] = Field([], description="What could be shipped.")
    advice: AdviceRecord
    versions: dict[str, str]


class TrainedGainRecord(IntervalRecord):
    """What fine-tuning on so many examples gave over the best prompt."""

    n_train: Count


class TrainedRecord(CountedRecord):
    """Accuracy after fine-tuning on so many examples."""

    n_train: Count


class ProbeMeasurementRecord(Record):
    """Which items a probe scored."""

    items: list[str]
    asked: str = ""
    study_asked: str = Field("", description="What was asked in the study it was compared with; empty: not known.")


class PaidRecord(Record):
    """What a probe took in dollars; null: not known. Those trained here are free."""

    calls_usd: Amount | None
    training_usd: Amount | None
    usd: Amount | None = Field(description="Both together.")


class ProbeRecord(Record):
    """What of a probe.json is read back."""

    schema_: Literal["curvefit.probe/1"] = Field(alias="schema")
    task: str
    model: str
    level: Share
    best_prompted: MeanRecord
    fine_tuned: list[TrainedRecord] = Field([])
    gain: list[TrainedGainRecord] = Field(min_length=1)
    gain_without_optimism: IntervalRecord | None = Field(
        None, description="Of training on the most examples. Without the errors of a judge, too."
    )
    optimism: Optimism = None
    over_shown: OverShownRecord | None = None
    shown: MeasurementRecord | None = Field(
        None, description="The untrained model, shown as many examples as it was trained on; null: the study has that."
    )
    measurement: ProbeMeasurementRecord
    units: list[Any] = Field([], description="The fine-tunings.")
    paid: PaidRecord | None = Field(None, description="All that was paid for it; null: written by an earlier version.")


class TrainedUnitRecord(Record):
    """Which fine-tuning it was: one made here by its adapter, one of a provider's by its name."""

    n_train: Count
    seed: Count
    adapter: str = ""
    asked_as: str = ""


class ProbeScoresRecord(ProbeMeasurementRecord):
    """What a probe's models scored: by number of training examples, seed and item."""

    n_train: list[Count]
    scores: list[list[list[Share | None]]]


class ScoredProbeRecord(ProbeRecord):
    """What of a probe.json is read back about single items."""

    measurement: ProbeScoresRecord
    units: list[TrainedUnitRecord]


class BreakEvenRecord(Record):
    """From how many training examples on fine-tuning beats the best prompt; null: beyond what was looked at."""

    value: Amount | None
    low: Amount | None
    high: Amount | None
    chance: Share
    first: Count
    last: Count


class TogetherRecord(CountedRecord):
    """The fine-tuned model, with examples in its prompt."""

    shots: Count
    retrieved: bool = Field(description="Each item is shown the examples most similar to it.")
    gain: IntervalRecord = Field(description="Over the best prompt of the model that is not fine-tuned.")
    over_weights: IntervalRecord = Field(description="Over the same model without examples in its prompt.")


class TrainedTogetherRecord(TogetherRecord):
    """The model that a probe fine-tuned on the most examples, with examples in its prompt."""

    n_train: Count


class ProbeDocument(ProbeRecord):
    """A probe: a model, fine-tuned here or by its provider and scored on the same items as its prompts."""

    kind: str
    seed: Seed
    prompted: list[ShotsRecord]
    fine_tuned: list[TrainedRecord]
    best_prompted: BestRecord
    break_even: BreakEvenRecord
    forecast: list[dict[str, Any]]
    together: list[TrainedTogetherRecord] = Field([], description="Prompt and weights together.")
    units: list[dict[str, Any]] = Field(description="The fine-tunings, as unit.json says or their provider.")
    usage: UsageRecord = Field(description="Of the calls made for the probe, without those of its study.")
    one_seed: bool = Field(False, description="Each size was trained once.")
    notes: Notes


class ValidationDocument(Record):
    """What a fine-tuned model scored on a study's items, against its best prompt and its prediction."""

    schema_: Literal["curvefit.validation/1"] = Field(alias="schema")
    task: str
    kind: str
    model: str
    fine_tuned_model: str
    level: Share
    margin: Share
    fine_tuned: CountedRecord
    parse_rate: Share | None
    best_prompted: BestRecord
    gain: IntervalRecord
    optimism: Optimism = None
    gain_without_optimism: IntervalRecord | None = Field(None, description="Without the errors of a judge, too.")
    together: list[TogetherRecord] = Field([], description="Prompt and weights together.")
    outcome: Literal["paid", "did not pay", "open"] = Field(description="By `probability`, from 80% on either side.")
    probability: Share | None = Field(None, description="Chance of a gain above the margin, without optimism.")
    payoff: PayoffRecord | None
    n_train_stated: bool
    predicted_anew: bool
    inside: bool | None = Field(description="Whether what came lies in the predicted interval.")
    missing: Count = Field(description="Items without a reply.")
    usage: UsageRecord
    usd_per_1000: float | None = Field(
        None, description="Dollars for a thousand calls without examples; null: not known."
    )
    seconds_p50: float | None = Field(None, description="Median of such a call's time; null: not known.")
    seconds_p95: float | None = None
    notes: Notes
    versions: dict[str, str]
    measurement: dict[str, Any]


class ComparedPromptRecord(Record):
    """A prompt that was compared."""

    shots: Count
    retrieved: bool
    tried: Count = Field(description="Prompts it was picked from, as the best.")
    optimism: Share = Field(
        description="By how much its score is too high, picked from its study's prompts; by resampling. Differences are"
        " without it."
    )
    n_draws: Count


class ComparedStudyRecord(ComparedPromptRecord, AccuracyRecord):
    """A study, by its best prompt on all of its items, as measured."""

    name: str
    task: str
    model: str
    n_items: Count
    training_score: float | None = Field(
        None, description="What an optimiser scored its instruction with, on the examples it was chosen by."
    )
    notes: list[str] = Field([], description="What was noted on reading another tool's files.")


class ItemChangeRecord(Record):
    """An item whose mean score over draws differs between two studies."""

    item: str
    before: Share = Field(description="Mean score with the first.")
    after: Share = Field(description="Mean score with the second.")


class PairRecord(Record):
    """Two studies compared item by item."""

    first: str
    second: str
    shots: Count | None = Field(description="Number of random examples; null: the best prompt of each.")
    outcome: Literal["better", "worse", "alike", "open"] = Field(
        description="Of the second; open: cannot be told apart."
    )
    difference: EstimateRecord = Field(description="The second minus the first, without optimism.")
    missing: Count = Field(0, description="Trials of either that have no score.")
    if_wrong: EstimateRecord | None = Field(
        None, description="The difference with each of these wrong; null: none is missing."
    )
    if_right: EstimateRecord | None = Field(None, description="The same with each of them right.")
    accuracies: list[Share] = Field(description="Of the first and the second on the common items, as measured.")
    prompts: list[ComparedPromptRecord]
    n_items: Count = Field(description="Items in common.")
    gained: Count = Field(description="Items right with the second alone.")
    lost: Count = Field(description="Items right with the first alone.")
    changed: list[ItemChangeRecord] = Field(description="Items whose score differs at all, right with one alone first.")
    mcnemar: Share | None = Field(description="P-value of the exact test; null: more draws than one, or other scores.")
    needed: Count | None = Field(description="Items that would tell the difference seen; null: no number of items.")
    needed_for_margin: Count | None = Field(description="The same for a difference as large as the margin.")
    regression: bool = Field(description="The second is surely worse, by more than the margin.")
    text: str


class PairNamesRecord(Record):
    """Two studies by name."""

    first: str
    second: str


class CautionRecord(Record):
    """Something that may make a comparison wrong."""

    code: str
    values: dict[str, Any]
    text: str


class LadderRecord(Record):
    """Whether the next model up, prompted, beats this one fine-tuned."""

    small: str
    big: str
    outcome: Literal["next-model", "fine-tuning", "open"]
    difference: EstimateRecord


class ChoiceRecord(Record):
    """Which study's best prompt to ship."""

    ship: str
    runner_up: str
    why: Literal["only", "better", "accuracy", "usd_per_1000", "seconds_p50"]
    error_usd: Amount | None = Field(
        None,
        description="What a wrong answer costs, counted with the price of calls; null where no report states it, or"
        " reports differ.",
    )
    accuracy: EstimateRecord | None = Field(
        None, description="What to expect of it on other items: as measured, less the optimism of its pick."
    )
    optimism: Share = Field(0.0, description="By how much its measured accuracy is above that.")
    tried: Count = Field(0, description="Prompts it was picked from: of all studies, or of its own.")
    text: str


class MoreToAskRecord(Record):
    """Items and draws that one of two studies was asked and the other was not, where the two cannot be told apart."""

    study: str = Field(description="The study to be asked them.")
    other: str = Field(description="The study that was asked them.")
    items: Count
    draws: Count
    narrower: Share = Field(description="About how much narrower the interval would get, as a share of its width.")
    calls: Count | None
    usd: Amount | None
    minutes: Amount | None
    command: str | None
    text: str


class ComparisonDocument(Record):
    """Studies compared in pairs."""

    schema_: Literal["curvefit.comparison/1"] = Field(alias="schema")
    level: Share = Field(description="How surely all intervals of differences together hold.")
    margin: Share = Field(description="The smallest difference that matters.")
    margin_source: Literal["stated", "studies", "smallest", "default"] = Field(
        "stated", description="Stated; or that of all studies; or the smallest of theirs; or 0.02, where none has any."
    )
    studies: list[ComparedStudyRecord] = Field(min_length=2)
    pairs: list[PairRecord] = Field(description="The best prompts of each two.")
    at_shots: list[PairRecord] = Field(description="The same at each number of shots, where wanted.")
    regressions: list[PairNamesRecord] = Field(description="Pairs of the first study and one that is surely worse.")
    candidates: list[CandidateRecord] = Field([], description="Everything the studies could ship.")
    choice: ChoiceRecord | None = None
    ladder: list[LadderRecord] = Field([], description="Model by model, in the order given.")
    to_ask: list[MoreToAskRecord] = Field(
        [], description="What to ask to narrow the interval of two studies that cannot be told apart."
    )
    missed: list[str] = Field(description="Items that all have and none ever scores above 0 on.")
    cautions: list[CautionRecord]
    versions: dict[str, str]


class IndexedResultRecord(Record):
    """What a probe, a validation or a comparison came to."""

    kind: Literal["probe", "validation", "comparison"]
    file: str
    task: str
    model: str
    text: str
    n_train: Count | None = Field(description="Examples that a probe trained on, at most; null for another.")
    gain: EstimateRecord | None = Field(description="Of fine-tuning, over the best prompt, without its optimism.")
    usd: Amount | None = Field(description="What its calls and trainings took; null: not known, or a comparison.")


class IndexedPromptRecord(Record):
    """The best prompt of a study: its accuracy, and which examples it shows, in words."""

    value: Share
    low: Share
    high: Share
    level: Share
    prompt: str


class IndexedStudyRecord(Record):
    """What a study said, and what came of it."""

    file: str = Field(description="Its study.json.")
    report: str | None = Field(description="Its page, where there is one.")
    measured: str | None = Field(
        description="When its last reply came, in UTC (ISO 8601); null: no journal is beside it."
    )
    written: str = Field(description="When that file was changed, in UTC (ISO 8601); a copy is a change.")
    task: str
    model: str
    answer: str = Field(description="What to ship, and whether to fine-tune: a sentence.")
    pays: Share | None = Field(
        description="Chance that fine-tuning gains more accuracy than the margin, not about money; null: not known."
    )
    money: str | None = Field(description="When it pays in money, in words; null: the study has no costs.")
    action: str = Field(description="The code of that advice.")
    best_prompted: IndexedPromptRecord
    trend: str = Field(description="The verdict on the curve, in words.")
    usage: UsageRecord
    results: list[IndexedResultRecord] = Field(description="Probes and validations in the same folder.")


class ProblemRecord(Record):
    """A file or a folder that could not be read, and why."""

    file: str
    problem: str


class IndexDocument(Record):
    """All studies under a folder."""

    schema_: Literal["curvefit.index/1"] = Field(alias="schema")
    folder: str
    studies: list[IndexedStudyRecord]
    others: list[IndexedResultRecord] = Field(description="Comparisons, and what stands beside no study.")
    problems: list[ProblemRecord]


class PromptRecord(Record):
    """Which examples a prompt shows."""

    shots: Count
    selection: Literal["random", "retrieved"]


class WrongRecord(Record):
    """What a scorer says is wrong, in how many items, and the share of replies that it is wrong in."""

    what: str
    items: Count
    share: EstimateRecord


class ConfusionRecord(Record):
    """How many items of one label are answered with another."""

    target: str
    answer: str
    count: Count


class SuspectRecord(Record):
    """An example whose target may be wrong."""

    id: str
    target: str
    answer: str = Field(description="What would stand there instead.")
    place: str | None
    chance: Share = Field(description="How surely; a ranking, and no probability that was checked on other data.")
    basis: Literal["replies", "classifier"]


class ResemblingRecord(Record):
    """An example of the pool that is most similar to so many missed items."""

    id: str
    place: str | None
    items: Count


class ReplyRecord(Record):
    """A reply of the prompted model."""

    prompt: PromptRecord
    draw: Count
    score: Share
    wrong: list[str]
    text: str


class TrainedReplyRecord(Record):
    """A reply of the fine-tuned model."""

    seed: Count
    score: Share
    wrong: list[str]
    text: str


class ChangeRecord(Record):
    """What fine-tuning does to an item."""

    change: Literal["mended", "broken", "wrong", "right"] | None
    replies: list[TrainedReplyRecord]


class BrokenItemRecord(ChangeRecord):
    """An item that the prompted model has right and the fine-tuned one wrong."""

    id: str
    place: str | None


class TrainingEffectRecord(Record):
    """How many items fine-tuning mends, breaks, and leaves wrong or right."""

    n_train: Count
    items: Count
    mended: Count
    broken: Count
    wrong: Count
    right: Count
    mended_by_code: dict[str, Count]
    broken_items: list[BrokenItemRecord]


class FailureRecord(Record):
    """One missed item; also a line of what curvefit errors --jsonl prints."""

    id: str
    place: str | None = Field(description="Where it stands in its file.")
    code: str
    score: Share = Field(description="Mean score with the best prompt.")
    draws: Count
    missed: Count = Field(description="In how many of the draws it is wrong.")
    input: str
    target: str
    answer: str | None
    fields: list[str]
    wrong: list[str]
    replies: list[ReplyRecord]
    training: ChangeRecord | None


class FailuresDocument(Record):
    """What the best prompt of a study gets wrong; texts are cut at 4,000 characters."""

    schema_: Literal["curvefit.errors/1"] = Field(alias="schema")
    task: str
    model: str
    prompt: PromptRecord
    items: Count
    missed: Count
    counts: dict[str, Count] = Field(description="Missed items by code.")
    by_label: dict[str, EstimateRecord] = Field(description="Accuracy by target.")
    by_field: dict[str, EstimateRecord]
    wrong: list[WrongRecord]
    confusion: list[ConfusionRecord]
    suspects: list[SuspectRecord]
    resembling: list[ResemblingRecord]
    lost: Count = Field(description="Trials whose reply is not in the journal.")
    training: TrainingEffectRecord | None
    failures: list[FailureRecord]


_HERE: Final = Path(__file__).parent

# Where each JSON Schema lies, what it is called, and of which record it is.
SHIPPED: Final[Mapping[Path, tuple[str, type[Record]]]] = {
    _HERE / "study.schema.json": ("study.json", StudyDocument),
    _HERE / "probe.schema.json": ("probe.json", ProbeDocument),
    _HERE / "validation.schema.json": ("validation-MODEL.json", ValidationDocument),
    _HERE / "comparison.schema.json": ("comparison.json", ComparisonDocument),
    _HERE / "index.schema.json": ("what curvefit view --json prints", IndexDocument),
    _HERE / "errors.schema.json": ("what curvefit errors --json prints", FailuresDocument),
    _HERE.parent / "workflows" / "ledger.schema.json": ("a line of ledger.jsonl", LedgerLine),
}

if __name__ == "__main__":  # writes them anew after a change of a record
    for _file, (_title, _kind) in SHIPPED.items():
        _file.write_text(json_schema(_kind, _title), encoding="utf-8")
