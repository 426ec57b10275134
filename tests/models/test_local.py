import asyncio
import hashlib
import sys
import threading
from pathlib import Path

import pytest

from curvefit.errors import CallFailed, CurvefitError, ModelUnavailable, PromptTooLong
from curvefit.models import local, store
from curvefit.models.base import Message, Request, journal_name, with_adapter
from curvefit.models.engine import Engine, Generation, grammar, lanes_for, slowdown
from curvefit.models.local import LocalModel

CAPITALS = "Name the capital.\n\nIn: France\nOut: Paris\n\nIn: Italy\nOut: Rome\n\nIn: Spain\nOut: Madrid\n\n"


def ask(model, prompt, *, key="", labels=(), cap=8):
    return asyncio.run(model.complete(Request(prompt, cap, stop=("\n",), labels=labels, cache_key=key)))


def draws(n_draws=3, shots=(1, 2), items=("wet dog", "old house")):
    """Requests of small draws, in a runner's order."""
    words = ["red stone", "big blue cloud", "green tree", "small fish in a pond", "new lamp", "black cat"]
    codes = {"r": "zug", "b": "fim", "g": "pax"}

    def shown(draw):
        turned = words[draw:] + words[:draw]
        return [f"In: {text}\nOut: {codes.get(text[0], 'qet')}\n\n" for text in turned]

    return {
        draw: [
            Request(
                "Code the words.\n\n" + "".join(shown(draw)[:k]) + f"In: {item}\nOut:",
                max_tokens=3,
                stop=("\n",),
                labels=("zug", "fim", "pax", "qet"),
                cache_key=f"draw-{draw}",
            )
            for k in shots
            for item in items
        ]
        for draw in range(n_draws)
    }


async def run(model, plan, done=None, stop_after=None):
    """Ask as the runner does: each draw in order on one task, warmed where it was interrupted."""
    done, n_answers = dict(done or {}), 0
    waiting = list(plan)

    async def work():
        nonlocal n_answers
        while waiting:
            draw = waiting.pop(0)
            warmed = True
            for i, request in enumerate(plan[draw]):
                if (draw, i) in done:
                    warmed = False
                    continue
                if n_answers == stop_after:
                    return
                n_answers += 1
                if not warmed:
                    await model.warm(plan[draw][i - 1])
                    warmed = True
                reply = await model.complete(request)
                done[draw, i] = (
                    reply.text,
                    reply.choice,
                    reply.prompt_tokens,
                    reply.cached_tokens,
                    reply.completion_tokens,
                )

    await asyncio.gather(*(work() for _ in range(model.concurrency)))
    return done


@pytest.fixture(scope="module")
def undisturbed(gemma):
    return asyncio.run(run(gemma, draws()))


def test_a_real_model_continues_a_prompt(gemma):
    reply = ask(gemma, CAPITALS + "In: Japan\nOut:", labels=("Tokyo", "Kyoto", "Rome"))
    assert (reply.text, reply.choice) == (" Tokyo", "Tokyo")
    assert reply.prompt_tokens == gemma.count_tokens(CAPITALS + "In: Japan\nOut:")
    assert reply.usd == 0.0


def test_replies_and_account_are_the_same_with_one_engine_as_with_two(undisturbed, gemma_on_two_lanes):
    assert asyncio.run(run(gemma_on_two_lanes, draws())) == undisturbed


def test_a_second_run_in_the_same_process_counts_the_same(undisturbed, gemma):
    assert asyncio.run(run(gemma, draws())) == undisturbed


@pytest.mark.parametrize("killed_after", [1, 7])
def test_an_interrupted_run_resumes_to_the_same_replies_and_account(killed_after, undisturbed, gemma_on_two_lanes):
    part = asyncio.run(run(gemma_on_two_lanes, draws(), stop_after=killed_after))
    assert len(part) < len(undisturbed)
    assert asyncio.run(run(gemma_on_two_lanes, draws(), part)) == undisturbed


def test_demonstrations_of_a_draw_are_computed_once(undisturbed, gemma):
    for draw, requests in draws().items():
        assert undisturbed[draw, 0][3] == 0
        for i in (1, 3):  # the same demonstrations as the request before
            _, _, n_tokens, cached, _ = undisturbed[draw, i]
            own = requests[i].prompt.rpartition("\n\n")[2]
            assert n_tokens - cached <= gemma.count_tokens(own)


def test_a_reply_does_not_depend_on_what_the_cache_holds(gemma):
    request = draws()[2][3]
    alone = ask(gemma, request.prompt, key="fresh", labels=request.labels)
    ask(gemma, CAPITALS, key="warm")
    for earlier in draws()[2][:3]:
        ask(gemma, earlier.prompt)
    after = ask(gemma, request.prompt, labels=request.labels)
    assert alone.cached_tokens == 0
    assert after.cached_tokens > 0
    assert (after.text, after.choice) == (alone.text, alone.choice)


def test_a_prompt_that_does_not_fit_is_refused_before_it_is_sent(gemma):
    ask(gemma, CAPITALS, key="before")
    with pytest.raises(PromptTooLong, match=r"prompt of \d{4} tokens .* 1024 tokens local/gemma3-270m holds"):
        ask(gemma, CAPITALS * 60, key="before")
    assert ask(gemma, CAPITALS + "In: Peru\nOut:").cached_tokens > 0, "the cache was disturbed"


def test_the_reply_s_cap_counts_as_part_of_the_context(gemma):
    room = gemma.context - gemma.count_tokens(CAPITALS)
    with pytest.raises(PromptTooLong):
        ask(gemma, CAPITALS, cap=room + 1)


REPEATED = "Which wind?\n\n" + "".join(f"In: day {n}\nOut: north\n\n" for n in range(6)) + "In: day 9\nOut:"


def test_a_label_that_begins_another_can_be_chosen(gemma):
    # The free reply is cut off, so that only the choice can tell.
    labels = ("north", "north wind", "north by northwest")
    assert ask(gemma, REPEATED, labels=labels, cap=1).choice == "north"


def test_the_longer_of_two_such_labels_can_be_chosen_too(gemma):
    prompt = REPEATED.replace("north\n", "north wind\n")
    assert ask(gemma, prompt, labels=("north", "north wind"), cap=1).choice == "north wind"


def test_a_choice_is_made_although_the_free_reply_is_no_label(gemma):
    reply = ask(gemma, CAPITALS + "In: Japan\nOut:", labels=("cold", "warm"))
    assert reply.text == " Tokyo"
    assert reply.choice in ("cold", "warm")


def test_labels_of_any_characters_can_be_chosen(gemma):
    labels = ('say "no"', "say \\n", "say [x]|(y)", "say été", "say 猫🐈", "say a-b_c")
    for label in labels[::2] + labels[-1:]:
        shown = "".join(f"In: {n}\nOut: {label}\n\n" for n in range(5))
        assert ask(gemma, f"{shown}In: 9\nOut:", labels=labels, cap=1).choice == label


INTENTS = ("card", "card_in", "card_out", "cash", "cash_fee")


@pytest.mark.parametrize(("name", "shots"), [("gemma", 0), ("gemma", 4), ("smollm", 1)])
def test_a_label_is_chosen_as_under_a_grammar_of_the_labels_without_one(name, shots, request, monkeypatch):
    model = request.getfixturevalue(name)
    shown = "".join(f"In: case {n}\nOut: {INTENTS[n * 3 % 5]}\n\n" for n in range(shots))
    prompts = [f"{shown}In: {text}\nOut:" for text in ("where is my card", "zzz")]
    with monkeypatch.context() as patch:
        patch.setattr(LocalModel, "_spell", lambda *_: (None, 0))
        expected = [ask(model, prompt, labels=INTENTS, cap=2).choice for prompt in prompts]
    generate = Engine.generate

    def without_grammar(*arguments, **options):
        assert not options.get("grammar")
        return generate(*arguments, **options)

    monkeypatch.setattr(Engine, "generate", without_grammar)
    assert [ask(model, prompt, labels=INTENTS, cap=2).choice for prompt in prompts] == expected


class Picker:
    """An engine that picks what it is given to pick, by what it spells, and keeps how it was asked."""

    def __init__(self, spelled, *picks):
        self.spelled, self.picks, self.asked = spelled, list(picks), []

    def tokens(self, text, **_):
        return list(text.encode())

    def pick(self, prompt, tokens):
        self.asked.append((len(prompt), sorted(self.spelled[token] for token in tokens)))
        picked = self.picks.pop(0)
        return next((token for token, text in self.spelled.items() if text == picked), -1)

    def generate(self, prompt, max_tokens, stop=(), *, grammar):
        self.asked.append((len(prompt), "grammar"))
        return Generation("card", True, 0, 4)


@pytest.fixture
def choose(monkeypatch):
    """Choose after a free reply that was ranked so; what is picked later is given."""
    vocabulary = (b" ", b"c", b"cash", b"_", b"in", b"_o", b"ut", b"sh_", b"rd", b"zzz")
    spelled = dict(enumerate(vocabulary, start=100))
    ids = {text: [token] for token, text in spelled.items()}
    monkeypatch.setattr(
        local.gguf, "find_tokens", lambda _, texts: {text: ids[text] for text in sorted(texts) if text in ids}
    )

    def choose(ranked, *picks, labels=("cash_in", "cash_out", "card"), prompt="text"):
        model, running = LocalModel("local/gemma3-270m", lanes=1), Picker(spelled, *picks)
        model._file = Path("unused")
        reply = Generation("nonsense", True, 0, len(ranked), ranked)
        choice, extra = model._choose(running, Request(prompt, 8, labels=labels), [0] * 5, reply)
        return choice, extra, running.asked

    return choose


def test_where_the_free_reply_s_ranking_tells_the_label_nothing_is_asked(choose):
    ranked = (((1, b" cash"), (2, b" card")), ((3, b" on"), (4, b"_o"), (5, b"_i")))
    assert choose(ranked) == ("cash_out", 0, [])


def test_off_the_free_reply_s_path_the_engine_picks_among_what_goes_on_spelling_labels(choose):
    ranked = (((1, b" please"), (2, b" ca")), ((3, b"rd"), (4, b"sh_out")))
    assert choose(ranked, b"sh_", b"in") == ("cash_in", 2, [(6, [b"rd", b"sh_"]), (7, [b"in"])])


def test_a_reply_that_ended_at_once_leaves_all_to_be_picked(choose):
    assert choose((), b" ", b"cash", b"_o") == (
        "cash_out",
        3,
        [(5, [b" "]), (6, [b"c", b"cash"]), (7, [b"_", b"_o"])],
    )


def test_where_nothing_that_spells_a_label_wins_a_grammar_decides(choose):
    assert choose((), b"zzz") == ("card", 5, [(5, [b" "]), (5, "grammar")])


def test_where_a_turn_may_end_after_a_label_a_grammar_decides(choose):
    turn = (Message("user", "Where to?"),)
    assert choose((((1, b"card"),),), labels=("card", "card_fee"), prompt=turn) == ("card", 4, [(5, "grammar")])


def test_a_token_may_be_half_a_character(choose):
    ranked = (((1, b" \xc3"),), ((2, b"\xa8"), (3, b"\xa9")))
    assert choose(ranked, labels=("\u00e9t\u00e9", "\u00e8re", "ou")) == ("\u00e8re", 0, [])


def test_a_grammar_spells_out_every_character_that_could_mean_something():
    assert grammar(["a b", 'x"\\'], "") == r'root ::= ("a b" | "x\U00000022\U0000005C")'


def test_a_base_model_refuses_a_conversation(gemma):
    with pytest.raises(ModelUnavailable, match="never saw a conversation; use plain prompts"):
        ask(gemma, (Message("user", "Hello?"),))


def test_a_chat_model_answers_by_its_own_template(smollm):
    turns = (Message("system", "Answer in one word."), Message("user", "What is the capital of France?"))
    reply = ask(smollm, turns, cap=12, labels=("Berlin", "Paris"))
    assert "Paris" in reply.text
    assert reply.choice == "Paris"
    assert reply.prompt_tokens > sum(smollm.count_tokens(turn.content) for turn in turns)


def test_special_tokens_in_a_user_s_text_are_only_text(smollm):
    assert smollm.count_tokens("<|im_end|>") > 1


def test_a_file_of_one_s_own_loads_answers_and_loads_again_and_prints_nothing(gemma, capfd):
    own = LocalModel(f"local:{store.path('gemma3-270m')}", context=256, lanes=1)
    for _ in range(2):
        assert ask(own, CAPITALS + "In: Japan\nOut:").text == " Tokyo"
        own.close()
    assert capfd.readouterr() == ("", "")


def test_a_file_cut_short_is_refused_in_one_line(gemma, tmp_path, capfd):
    whole = store.path("gemma3-270m")
    with whole.open("rb") as file:
        (tmp_path / "cut.gguf").write_bytes(file.read(20 << 20))
    with pytest.raises(ModelUnavailable, match=r"cannot load .*cut\.gguf"):
        LocalModel(f"local:{tmp_path / 'cut.gguf'}", lanes=1).count_tokens("x")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + bytes(16) + b"\xff" * 64, b"PK\x03\x04" * 100])
def test_a_file_of_another_kind_is_refused_before_it_is_loaded(content, tmp_path):
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"x\.gguf"):
        LocalModel(f"local:{tmp_path / 'x.gguf'}")


def test_the_context_is_never_longer_than_the_model_was_trained_on():
    assert LocalModel("local/smollm2-135m", context=1 << 20).context == 8192
    assert LocalModel("local/gemma3-270m", context=1 << 20).context == 32768


def test_the_identity_names_file_and_engine(gemma):
    assert store.CATALOGUE["gemma3-270m"].sha256 in gemma.identity
    assert "xllamacpp=20" in gemma.identity
    assert gemma.identity != LocalModel("local/smollm2-135m").identity
    assert gemma.identity == LocalModel(f"local:{store.path('gemma3-270m')}").identity, "wherever the file lies"


def test_the_identity_names_the_adapter_so_that_no_journal_mixes_them_up(tmp_path):
    one, other = tmp_path / "one.gguf", tmp_path / "other.gguf"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    identities = {LocalModel("local/gemma3-270m", adapter=adapter).identity for adapter in (None, one, other)}
    assert len(identities) == 3


def test_a_journal_calls_a_model_by_its_adapter_too_so_that_it_shows_nobody_elses_replies(tmp_path):
    (tmp_path / "one.gguf").write_bytes(b"one")
    (tmp_path / "other.gguf").write_bytes(b"other")
    adapters = None, tmp_path / "one.gguf", tmp_path / "other.gguf"
    names = [journal_name(LocalModel("local/gemma3-270m", adapter=adapter)) for adapter in adapters]
    assert names[0] == "local/gemma3-270m"
    assert names[1] == with_adapter("local/gemma3-270m", hashlib.sha256(b"one").hexdigest())
    assert len(set(names)) == 3


def test_a_prompt_s_tokens_and_its_reply_s_are_those_of_the_whole(gemma):
    prompt, reply = gemma.tokens("In: grass\nOut:", " green\n")
    whole, _ = gemma.tokens("In: grass\nOut: green\n", "")
    assert prompt + reply == whole
    assert len(prompt) == gemma.count_tokens("In: grass\nOut:")


def test_no_more_engines_than_half_of_the_memory_holds():
    assert lanes_for(1 << 60) == 1
    assert lanes_for(1) >= 1


@pytest.mark.parametrize(
    ("load", "cores", "threads", "times"),
    [(0.0, 2, 2, 1.0), (0.4, 2, 2, 1.0), (6.0, 2, 2, 4.0), (6.0, 16, 2, 1.0), (16.0, 16, 16, 2.0), (8.0, 4, 1, 2.25)],
)
def test_threads_share_the_cores_with_all_that_runs_now(monkeypatch, load, cores, threads, times):
    monkeypatch.setattr("os.getloadavg", lambda: (load, 99.0, 99.0), raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert slowdown(threads) == times


def test_a_system_that_knows_no_load_is_taken_to_be_idle(monkeypatch):
    monkeypatch.delattr("os.getloadavg", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert slowdown(2) == 1.0


def test_a_missing_engine_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'curvefit\[local\]'"):
        Engine(Path("x.gguf"), 64)


def test_without_an_engine_no_model_is_fetched(monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    monkeypatch.setattr(store, "pull", lambda *_: pytest.fail("a file nobody can run was fetched"))
    with pytest.raises(ModelUnavailable, match="pip install"):
        LocalModel("local/gemma3-270m").count_tokens("a")


def test_a_missing_openmp_library_is_one_clear_line(monkeypatch, tmp_path):
    broken = 'raise ImportError("libgomp.so.1: cannot open shared object file: No such file or directory")'
    (tmp_path / "xllamacpp.py").write_text(broken)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailable, match="apt-get install libgomp1") as caught:
        Engine(Path("x.gguf"), 64)
    assert "\n" not in str(caught.value)


class FakeEngine:
    """Records whether a call was to reuse the cache; a lane's engine is known by its number."""

    def __init__(self, file, context, adapter=None):
        self.number, self.calls = len(FakeEngine.instances), []
        FakeEngine.instances.append(self)

    def tokens(self, text, **_):
        return list(text.encode())

    def generate(self, prompt, max_tokens, stop=(), *, reuse=True, rank=0, grammar=""):
        if bytes(prompt) == b"fail":
            raise CallFailed("refused")
        self.calls.append((bytes(prompt).decode(), reuse))
        return Generation("reply", True, 0, 1)


@pytest.fixture
def on_fake_engines(monkeypatch):
    FakeEngine.instances = []
    monkeypatch.setattr(local, "Engine", FakeEngine)
    monkeypatch.setattr(store, "pull", lambda name, say: Path("unused"))
    return LocalModel("local/gemma3-270m", lanes=2)


def request(prompt, key=""):
    return Request(prompt, 4, cache_key=key)


def test_nothing_is_loaded_before_it_is_needed(on_fake_engines):
    assert FakeEngine.instances == []
    asyncio.run(on_fake_engines.complete(request("a")))
    assert len(FakeEngine.instances) == 1


def test_a_key_starts_fresh_and_then_reuses(on_fake_engines):
    async def ask_all():
        for prompt, key in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")]:
            await on_fake_engines.complete(request(prompt, key))

    asyncio.run(ask_all())
    # One asker: it is done with "a" when it asks for "b", so "a" starts fresh when it comes back.
    assert FakeEngine.instances[0].calls == [("a1", False), ("a2", True), ("b1", False), ("a3", False)]


def test_a_new_key_takes_the_lane_its_asker_is_done_with(on_fake_engines):
    async def ask_all():
        a_done, b_started = asyncio.Event(), asyncio.Event()

        async def first():
            await on_fake_engines.complete(request("a1", "a"))
            await b_started.wait()
            await on_fake_engines.complete(request("c1", "c"))
            a_done.set()

        async def second():
            await on_fake_engines.complete(request("b1", "b"))
            b_started.set()
            await a_done.wait()
            await on_fake_engines.complete(request("b2", "b"))

        await asyncio.gather(first(), second())

    asyncio.run(ask_all())
    served = {engine.calls[0][0]: engine.calls for engine in FakeEngine.instances}
    assert served == {"a1": [("a1", False), ("c1", False)], "b1": [("b1", False), ("b2", True)]}


def test_a_call_that_fails_leaves_nothing_to_be_reused(on_fake_engines):
    async def ask_all():
        await on_fake_engines.complete(request("a1", "a"))
        with pytest.raises(CallFailed):
            await on_fake_engines.complete(request("fail", "a"))
        await on_fake_engines.complete(request("a2", "a"))

    asyncio.run(ask_all())
    assert FakeEngine.instances[0].calls == [("a1", False), ("a2", False)]


def test_requests_without_a_key_run_side_by_side(on_fake_engines, monkeypatch):
    both = threading.Barrier(2, timeout=200)
    plain = FakeEngine.generate

    def meet(self, *arguments, **options):
        both.wait()  # passes only when two calls are under way at once
        return plain(self, *arguments, **options)

    monkeypatch.setattr(FakeEngine, "generate", meet)

    async def ask_all():
        await asyncio.gather(*(on_fake_engines.complete(request(f"p{n}")) for n in range(4)))

    asyncio.run(ask_all())
    assert sorted(prompt for engine in FakeEngine.instances for prompt, _ in engine.calls) == ["p0", "p1", "p2", "p3"]


def test_every_error_is_one_of_ours(tmp_path):
    for name in ("local/unknown", f"local:{tmp_path}", "local:"):
        with pytest.raises(CurvefitError) as caught:
            LocalModel(name)
        assert "\n" not in str(caught.value)
