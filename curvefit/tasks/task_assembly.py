"""From rows to a `Task`. Lives here: how what files say and what is guessed come together.

Targets lose their reasoning and labels their odd spellings, broken JSON is left out, the scorer is guessed where none
is named, and pool and items part without leaks. Every change is a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.plain_text import listed
from curvefit.reasoning import parse, without_reasoning
from curvefit.task_kinds import kind_problem
from curvefit.tasks.documents import about_documents
from curvefit.tasks.draft import LEFT_OUT, Turn
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.examples import Row, fault_in
from curvefit.tasks.json_reply import json_fault
from curvefit.tasks.judge import judge_of, judge_scorer
from curvefit.tasks.scorer_choice import guess, label_instruction, mostly_json, usual_labels
from curvefit.tasks.scorers import label_key, make_scorer
from curvefit.tasks.soundness import sound_guess
from curvefit.tasks.splitting import split
from curvefit.tasks.system_messages import SystemMessages, spaced_alike
from curvefit.tasks.task import INPUT_WORD, OUTPUT_WORD, Document, Item, Scorer, Task, canonical
from curvefit.tasks.text_reply import likely_slips, usual_spellings

__all__ = ["TaskRows", "about_broken", "about_slips", "about_spelling", "task_of_rows"]

_LISTED: Final = 3  # lines, by number
_MOST_OF_ONE_TEXT: Final = 0.2
_FEWEST_TEXTS: Final = 10  # from which questions to one text are a group
_KIND_OF_SCORER: Final[Mapping[str, str]] = {
    "label": "classification", "labels": "classification", "json": "structured", "number": "qa", "code": "code"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskRows:
    """The rows that a task is made of.

    Attributes
    ----------
    rows : sequence of (Path, Row)
        All of them, each with the file that it is from.
    pool, items : sequence of Row
        Those of either side; empty where nothing says which is which.
    notes : tuple of str
        What was to be said of reading them.
    documents : tuple of Document
        Texts that prompts may show.
    total : int
        Rows in the files, read or not.
    unjudged : tuple of (str, int)
        As in `Examples`.
    """

    rows: Sequence[tuple[Path, Row]]
    pool: Sequence[Row] = ()
    items: Sequence[Row] = ()
    notes: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    total: int = 0
    unjudged: tuple[tuple[str, int], ...] = ()


def task_of_rows(fields: Mapping[str, Any], data: TaskRows, folder: Path, seed: int, *, run_code: bool) -> Task:
    """Return the task that rows make.

    `fields` is what is said of it, as in a ``task.yaml``, whose files are in `folder`; of name and path something has
    to be. `seed` decides the split where nothing says it. With `run_code` a ``python:`` scorer is loaded, which runs
    it.

    Raises
    ------
    InputError
        The rows, or a field, make no task; names the field where the fault is in one.
    """
    if problem := kind_problem(fields.get("kind", "")):
        raise InputError(problem, field="kind")
    data, about_reasoning = _answers_alone(data)
    data, broken = _parsed(fields, data)
    data, respelled = _usually_spelled(fields, data)
    data = _with_usual_systems(data)
    counts = Counter(row.system for _, row in data.rows)
    systems = SystemMessages(counts, fields.get("instruction"))
    groups = _groups([row for _, row in data.rows])
    examples = {row.id: _item(row, systems, groups) for _, row in data.rows}
    is_given = "scorer" in fields or "labels" in fields
    guessed = guess([each.target for each in examples.values()]) if is_given else sound_guess(list(examples.values()))
    spec = fields.get("scorer", "label" if "labels" in fields else guessed.spec)
    labels = _labels(fields, spec, data)
    scorer = spec if isinstance(spec, Scorer) else make_scorer(spec, labels, folder, run_code=run_code)
    judge = None
    if "judge" in fields:
        judge = judge_of(fields["judge"], folder, examples)
        scorer = judge_scorer(judge)
    instruction = systems.instruction
    if instruction is None:
        instruction = label_instruction(labels) if labels else guessed.instruction
    # By what the lines say: another instruction is tried on the same items.
    as_written = {row.id: _item(row, SystemMessages(counts, None), groups) for _, row in data.rows}
    of_pool, of_items, notes = _sides(data, as_written, seed, labels)
    pool, items = (tuple(examples[each.id] for each in side) for side in (of_pool, of_items))
    notes = (*notes, *_about_drafts(data, pool))
    used = {example.id for example in (*pool, *items)}
    respelled = tuple((name, written) for name, written in respelled if name in used)
    kind = fields.get("kind", _KIND_OF_SCORER.get(scorer.name, guessed.kind))
    return Task(
        name=fields["name"],
        instruction=instruction,
        kind=kind,
        pool=pool,
        items=items,
        scorer=scorer,
        labels=labels,
        input_word=fields.get("input_word", INPUT_WORD),
        output_word=fields.get("output_word", OUTPUT_WORD),
        notes=(
            *_about_lines(data, pool, items),
            *notes,
            *about_documents(data.documents),
            *about_reasoning,
            *_about_groups(data, groups),
            *about_broken(broken, examples),
            *_guesses(fields, kind, scorer, labels),
            *about_spelling(respelled, examples.values()),
            *about_slips(labels, [example.target for example in (*pool, *items)]),
            *_about_instruction(fields, instruction, systems),
            *systems.notes([row.system for _, row in data.rows if row.id in used]),
        ),
        path=fields["path"],
        overrides=fields.get("overrides", ()),
        documents=data.documents,
        also_scored_by=_second_scorer(fields, labels, folder, run_code=run_code),
        judge=judge,
        respelled=respelled,
        broken=broken,
        unjudged=tuple((LEFT_OUT[code][0], count, data.total) for code, count in data.unjudged),
    )


def _second_scorer(
    fields: Mapping[str, Any], labels: tuple[str, ...], folder: Path, *, run_code: bool
) -> Scorer | None:
    """Return the scorer that the task names besides the one that decides, if it names one."""
    if "also_scored_by" not in fields:
        return None
    try:
        return make_scorer(fields["also_scored_by"], labels, folder, run_code=run_code)
    except InputError as error:
        field = (error.field or "scorer").replace("scorer", "also_scored_by", 1)
        raise InputError(error.problem, field=field) from error


def _answers_alone(data: TaskRows) -> tuple[TaskRows, tuple[str, ...]]:
    """Return the data with replies that are answers alone, as replies are judged, and notes on those that were not.

    A target that was cut off while still reasoning has no answer. Where others have one it is left out; where none has,
    such text is what is asked for. Earlier replies keep what they have.

    Raises
    ------
    InputError
        Other targets have answers, but of the items, or of the pool, none has.
    """
    parts = {row.id: parse(row.target) for _, row in data.rows}
    reasoned = {name for name, part in parts.items() if part.reasons and part.answer}
    earlier = {row.id for _, row in data.rows if _replies_alone(row) != row.turns}
    cut = {name for name, part in parts.items() if not part.ends} if reasoned else set()
    for side, noun in ((data.pool, "the pool"), (data.items, "the items")):
        if side and cut.issuperset(row.id for row in side):
            file = next(file for file, row in data.rows if row.id == side[0].id)
            problem = f"all {len(side):,} targets of {noun} end in their reasoning, without an answer; write them out"
            raise InputError(problem, file=file)
    of, notes = f"of {len(parts):,} targets", []
    if reasoned:
        hold = "holds" if len(reasoned) == 1 else "hold"
        taken = "reasoning before the answer, which is taken out: only answers are shown and judged"
        notes.append(f"{len(reasoned):,} {of} {hold} {taken}")
    if cut:
        lines = listed([row.line for _, row in data.rows if row.id in cut], _LISTED)
        are = "ends in its reasoning and is" if len(cut) == 1 else "end in their reasoning and are"
        notes.append(f"{len(cut):,} {of} {are} left out, for want of an answer (line {lines})")
    if earlier:
        examples = "example" if len(earlier) == 1 else "examples"
        notes.append(
            f"reasoning in earlier replies of {len(earlier):,} {examples} is taken out: only answers are shown"
        )

    def answered(row: Row) -> Row:
        target = parts[row.id].answer if row.id in reasoned else row.target
        return replace(row, target=target, turns=_replies_alone(row))

    return replace(
        data,
        rows=[(file, answered(row)) for file, row in data.rows if row.id not in cut],
        pool=[row for row in data.pool if row.id not in cut],
        items=[row for row in data.items if row.id not in cut],
    ), tuple(notes)


def _replies_alone(row: Row) -> tuple[Turn, ...]:
    """Return the earlier turns of an example with the answers alone of those that reply."""
    return tuple((role, without_reasoning(text) if role == "assistant" else text) for role, text in row.turns)


def _parsed(fields: Mapping[str, Any], data: TaskRows) -> tuple[TaskRows, tuple[tuple[str, str, str], ...]]:
    """Return the data without targets that begin as JSON and do not parse, and those: whose, where, and why not.

    Judged as JSON, a right reply to such an item would count as wrong and an equally broken one as right. Where another
    scorer is stated, or a judge, they stay.

    Raises
    ------
    InputError
        Of all examples, of the items, or of the pool, no target parses.
    """
    faults = {row.id: fault for _, row in data.rows if (fault := json_fault(row.target))}
    scorer = _scorer_name(fields.get("scorer"))
    mostly = mostly_json([row.target for _, row in data.rows])
    if not faults or not (mostly or scorer == "json"):
        return data, ()
    several = len({file for file, _ in data.rows}) > 1
    broken = tuple(
        (row.id, f"{f'{file.name}, ' if several else ''}{row.unit} {row.line}", faults[row.id])
        for file, row in data.rows
        if row.id in faults
    )
    if "judge" in fields or "labels" in fields or scorer not in (None, "json", "labels"):
        return data, broken
    for side, noun in (([row for _, row in data.rows], ""), (data.pool, " of the pool"), (data.items, " of the items")):
        if side and faults.keys() >= {row.id for row in side}:
            file = next(file for file, row in data.rows if row.id == side[0].id)
            problem = f"all {len(side):,} targets{noun} are broken JSON, the first by {faults[side[0].id]}; write JSON"
            raise InputError(problem, file=file)
    return replace(
        data,
        rows=[(file, row) for file, row in data.rows if row.id not in faults],
        pool=[row for row in data.pool if row.id not in faults],
        items=[row for row in data.items if row.id not in faults],
    ), broken


def about_broken(broken: Sequence[tuple[str, str, str]], examples: Container[str]) -> tuple[str, ...]:
    """Say which targets are broken JSON, and whether they are among the examples, by id, as the notes of a task do."""
    if not broken:
        return ()
    is_kept = broken[0][0] in examples
    named = listed([f"{place}: {fault}" for _, place, fault in broken], _LISTED)
    target_is = "target is" if len(broken) == 1 else "targets are"
    then = "shown and trained on all the same" if is_kept else "left out, since a right reply would count as wrong"
    return (f"{len(broken):,} {target_is} JSON that does not parse, and {then} ({named})",)


def _usually_spelled(fields: Mapping[str, Any], data: TaskRows) -> tuple[TaskRows, tuple[tuple[str, str], ...]]:
    """Return the data with each label spelled as most spell it, and what stood there by id.

    Labels that the task.yaml names are spelled as it says, white space aside, and other targets as they are.
    """
    targets = [row.target for _, row in data.rows]
    if "labels" in fields:
        usual: Mapping[str, str] = usual_spellings(targets, str)
    elif "scorer" in fields or "judge" in fields:
        usual = usual_spellings(targets, label_key) if _scorer_name(fields.get("scorer")) == "label" else {}
    else:
        usual = usual_labels(targets)
    respelled = tuple((row.id, row.target) for _, row in data.rows if usual.get(row.target, row.target) != row.target)
    if not respelled:
        return data, ()
    rows = [(file, replace(row, target=usual[row.target])) for file, row in data.rows]
    return replace(data, rows=rows), respelled


def _with_usual_systems(data: TaskRows) -> TaskRows:
    """Return the data with system messages that differ in white space alone written as most are."""
    usual = usual_spellings([row.system for _, row in data.rows], spaced_alike)
    return replace(data, rows=[(file, replace(row, system=usual[row.system])) for file, row in data.rows])


def about_spelling(respelled: Sequence[tuple[str, str]], examples: Iterable[Item]) -> tuple[str, ...]:
    """Say which labels were spelled otherwise than most, as the notes of a task do."""
    if not respelled:
        return ()
    target = {example.id: example.target for example in examples}
    counts = Counter((written, target[name]) for name, written in respelled if name in target)
    named = [f"{was!r:.60} for {usual!r:.60} ({count:,})" for (was, usual), count in counts.most_common()]
    labels_are, taken = ("label is", "that") if len(respelled) == 1 else ("labels are", "these")
    spelled = f"{len(respelled):,} {labels_are} spelled otherwise than most: {listed(named, _LISTED)}"
    return (f"{spelled}; taken for {taken}",)


def about_slips(labels: Sequence[str], targets: Iterable[str]) -> tuple[str, ...]:
    """Say which labels may be slips of the pen, as the notes of a task do; of targets that are no labels, nothing."""
    counts = Counter(target.strip() for target in targets) if labels else Counter[str]()
    slips = sorted(likely_slips(counts).items(), key=lambda slip: (-counts[slip[0]], slip))
    if not slips:
        return ()
    named = [f"{was!r:.60} for {usual!r:.60} ({counts[was]:,})" for was, usual in slips]
    looks = "label looks like a typing error" if len(slips) == 1 else "labels look like typing errors"
    return (f"{len(slips):,} rare {looks}: {listed(named, _LISTED)}; correct the data",)


def _scorer_name(spec: str | Mapping[str, Any] | Scorer | None) -> object:
    return spec.name if isinstance(spec, Scorer) else spec.get("type") if isinstance(spec, Mapping) else spec


def _labels(fields: Mapping[str, Any], spec: str | Mapping[str, Any] | Scorer, data: TaskRows) -> tuple[str, ...]:
    """Return the labels of the task.yaml, which every target must be one of, or those that occur."""
    if "labels" in fields:
        labels = tuple(sorted(fields["labels"]))
        for file, row in data.rows:
            if row.target.strip() not in labels:
                problem = f"{row.target[:60]!r} is none of the task's labels: {', '.join(labels)[:200]}"
                raise fault_in(problem, file, row, "output")
        return labels
    return tuple(sorted({row.target.strip() for _, row in data.rows})) if _scorer_name(spec) == "label" else ()


def _sides(
    data: TaskRows, examples: Mapping[str, Item], seed: int, labels: Sequence[str]
) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[str, ...]]:
    """Return pool, items and notes: split if nothing has split them yet, and without leaks in any case."""
    drafts = {row.id for _, row in data.rows if row.drafted_by}
    if not data.items:
        distinct, notes = _once((each for each in examples.values() if each.id not in drafts), "example")
        try:
            pool, items = split(distinct, seed, labels)
        except InputError as error:
            aside = "; drafts are not scored, and do not count" if drafts else ""
            raise InputError(f"{error.problem}{aside}", file=data.rows[0][0]) from error
        drafted = [examples[name] for name in examples if name in drafts]
        groups = {item.group for item in items} - {""}
        pool, leaks = _without_leaks(pool, items) if groups else (pool, ())
        leaked = {*duplicated(drafted, items), *(i for i, draft in enumerate(drafted) if draft.group in groups)}
        pool, repeated = _once((*pool, *(d for i, d in enumerate(drafted) if i not in leaked)), "pool example")
        note = f"split by seed {seed}: {len(pool)} for the pool, {len(items)} items"
        return pool, items, (*data.notes, *notes, *leaks, *repeated, note)
    (pool, of_pool), (items, of_items) = (
        _once((examples[row.id] for row in side), noun)
        for side, noun in ((data.pool, "pool example"), (data.items, "item"))
    )
    pool, leaks = _without_leaks(pool, items)
    return pool, items, (*data.notes, *of_pool, *of_items, *leaks)


def _without_leaks(pool: tuple[Item, ...], items: tuple[Item, ...]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return the pool without examples that duplicate an item, and a note on how many."""
    leaked = set(duplicated(pool, items))
    if not leaked:
        return pool, ()
    dropped = "1 pool example duplicates" if len(leaked) == 1 else f"{len(leaked)} pool examples duplicate"
    aside = ", system messages aside" if len({example.system for example in (*pool, *items)}) > 1 else ""
    note = f"{dropped} an item, exactly or nearly{aside}, and {'is' if len(leaked) == 1 else 'are'} left out"
    return tuple(example for i, example in enumerate(pool) if i not in leaked), (note,)


def _about_lines(data: TaskRows, pool: Sequence[Item], items: Sequence[Item]) -> tuple[str, ...]:
    """Say what became of every line of the files, where some are left out; each reason is a note of its own."""
    left_out = data.total - len(pool) - len(items)
    unit = next(row.unit for _, row in data.rows)
    units = "lines that are not blank" if unit == "line" else f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
    parts = f"{len(pool):,} for the pool + {len(items):,} items + {left_out:,} left out, as told below"
    said = f"{data.total:,} {units} = {parts}"
    return (said,) if left_out > 0 else ()


def _about_drafts(data: TaskRows, pool: Sequence[Item]) -> Iterator[str]:
    """Say how many targets of the pool no person gave, and who did.

    Raises
    ------
    InputError
        One of the items is a draft: what it would be scored by is no more than a model's opinion.
    """
    file_of = {row.id: file for file, row in data.rows}
    for row in data.items:
        if row.drafted_by:
            raise fault_in("a draft is no label, and belongs into the pool alone", file_of[row.id], row, "drafted_by")
    in_pool = {example.id for example in pool}
    counts = Counter(row.drafted_by for _, row in data.rows if row.drafted_by and row.id in in_pool)
    for by, count in counts.most_common():
        were = "target was" if count == 1 else "targets were"
        yield f"{count:,} {were} drafted by {' '.join(by.split())[:200]}; of {len(pool):,} pool examples"


def _once(examples: Iterable[Item], noun: str) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return examples without those that ask and answer just what an earlier one does, and a note on how many.

    A copy tells nothing new, is paid for like any other, and would count as one more independent item.
    """
    all_examples = list(examples)
    first: dict[tuple[str, str], Item] = {}
    for example in all_examples:
        first.setdefault((canonical(example), example.target.strip()), example)
    repeats = len(all_examples) - len(first)
    if not repeats:
        return tuple(all_examples), ()
    note = f"1 {noun} repeats another and is" if repeats == 1 else f"{repeats} {noun}s repeat another and are"
    return tuple(first.values()), (f"{note} left out: same question, same answer",)


def _guesses(fields: Mapping[str, Any], kind: str, scorer: Scorer, labels: Sequence[str]) -> tuple[str, ...]:
    """Return what a reader should know was not said but guessed."""
    if "scorer" in fields or "judge" in fields:
        return ()
    n_labels = f" with {len(labels)} labels" if labels else ""
    how = " with a decimal comma" if '"comma"' in scorer.options else ""
    why = ", since all targets are function calls" if scorer.name == "call" else ""
    return (f"no scorer given: taken for {kind}{n_labels}, judged by {scorer.name}{how}{why}",)


def _about_instruction(fields: Mapping[str, Any], instruction: str, systems: SystemMessages) -> tuple[str, ...]:
    """Say where the instruction comes from that no task.yaml gives."""
    if "instruction" in fields or not (systems.shared or systems.mostly_none):
        return ()
    source = "instruction taken from the system message" if systems.usual else "no instruction given"
    return (f"{source}: {instruction[:80]!r}{' ...' if len(instruction) > 80 else ''}",)


def _groups(rows: Sequence[Row]) -> Mapping[str, str]:
    """Return the group of each row that has one, by id: as the files say, or else that of its text.

    Several questions to one text are a group, which the first of them names. Few texts are not: they are what the task
    is about, as a manual or the tables of a database are, and no sample of others. Nor is one of a fifth of the rows or
    more, which may be a word for none.
    """
    if stated := {row.id: row.group for row in rows if row.group}:
        return stated
    texts = {row.id: row.passage for row in rows if row.passage.strip()}
    counts = Counter(texts.values())
    texts = {name: text for name, text in texts.items() if counts[text] < _MOST_OF_ONE_TEXT * len(rows)}
    first: dict[str, str] = {}
    for name, text in texts.items():
        first.setdefault(text, name)
    return {name: first[text] for name, text in texts.items()} if _FEWEST_TEXTS <= len(first) < len(texts) else {}


def _about_groups(data: TaskRows, groups: Mapping[str, str]) -> tuple[str, ...]:
    """Say that groups were not stated but taken from the texts that examples have in common."""
    if not groups or any(row.group for _, row in data.rows):
        return ()
    count = len(set(groups.values()))
    return (f"no group given: examples with the same context are one group, {count:,} groups in all",)


def _item(row: Row, systems: SystemMessages, groups: Mapping[str, str]) -> Item:
    own, group = systems.own(row.system), groups.get(row.id, "")
    return Item(row.id, row.input, row.target, row.context, row.turns, row.documents, own, group)
