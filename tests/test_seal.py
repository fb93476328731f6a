"""Sealing to public keys: only they open it, damage says so, and other programs know the format."""

import io
import os
import pty
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import new_key

from guide.errors import GuideError
from guide.seal import (
    CHUNK,
    TAG,
    Reader,
    SealedError,
    Writer,
    all_bytes,
    fresh,
    header_size,
    key,
    key_in,
    lock,
    protected,
    whole_bytes,
)

KEY, SPARE, ANOTHER = new_key(), new_key(), new_key()
LOCK = lock((*KEY.recipients, *SPARE.recipients))
WORDS = "Grüße, und Ruhe.".encode()
SEALED = LOCK.seal(WORDS)
LONG = random.Random(3).randbytes(4 * CHUNK + 1_000)


def poured() -> bytes:
    target = io.BytesIO()
    LOCK.pour(io.BytesIO(LONG), target)
    return target.getvalue()


LONG_SEALED = poured()


@given(st.binary(max_size=3 * CHUNK))
@settings(max_examples=30, deadline=None)
def test_each_key_opens_it_and_no_other(data: bytes) -> None:
    sealed = LOCK.seal(data)
    assert KEY.open(sealed) == data == SPARE.open(sealed)
    with pytest.raises(SealedError, match="another key"):
        ANOTHER.open(sealed)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(deadline=None)
def test_no_byte_can_be_changed(at: int, by: int) -> None:
    damaged = bytearray(SEALED)
    damaged[at] ^= by
    with pytest.raises(SealedError):
        KEY.open(bytes(damaged))


@given(st.integers(0, len(LONG_SEALED) - 1), st.integers(1, 255))
@settings(deadline=None)
def test_what_comes_out_of_a_damaged_stream_is_a_true_beginning(at: int, by: int) -> None:
    damaged = bytearray(LONG_SEALED)
    damaged[at] ^= by
    target = io.BytesIO()
    try:
        whole = KEY.pour(io.BytesIO(damaged), target)
    except SealedError:
        return
    assert not whole
    assert target.getvalue() == LONG[: len(target.getvalue())]
    assert len(target.getvalue()) < len(LONG)


@given(st.integers(0, len(LONG_SEALED)))
@settings(deadline=None)
def test_a_stream_that_was_cut_off_opens_to_its_last_whole_chunk(size: int) -> None:
    header = header_size(io.BytesIO(LONG_SEALED))
    assert header is not None
    target = io.BytesIO()
    try:
        whole = KEY.pour(io.BytesIO(LONG_SEALED[:size]), target)
    except SealedError:
        assert size < header
        return
    assert whole == (size == len(LONG_SEALED))
    assert target.getvalue() == LONG[: len(LONG) if whole else whole_bytes(size, header)]


@given(st.integers(0, 3 * CHUNK + 7))
@settings(max_examples=30, deadline=None)
def test_the_size_tells_how_much_is_in_it(count: int) -> None:
    sealed = LOCK.seal(bytes(count))
    header = header_size(io.BytesIO(sealed))
    assert header is not None
    assert all_bytes(len(sealed), header) == count


@pytest.mark.parametrize("data", [b"", b"age", b"RIFF....", b"age-encryption.org/v1\n", b"x" * 100_000])
def test_what_is_no_sealed_file_has_no_header(data: bytes) -> None:
    assert header_size(io.BytesIO(data)) is None


def test_a_chunk_leaves_as_soon_as_it_is_full() -> None:
    """What is not a whole chunk yet is in memory: a kill costs that, and nothing before it."""
    gone: list[int] = []
    waiting = [LONG[:CHUNK], LONG[CHUNK : CHUNK + 100], b""]
    seen = []

    def take() -> bytes:
        seen.append(sum(gone))
        return waiting.pop(0)

    LOCK.pour(Reader(take), Writer(lambda data: gone.append(len(data))))
    assert seen[1] < CHUNK  # the first chunk is held until it is known that it is not the last
    assert seen[2] > CHUNK + TAG


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    ["", "# only a comment\n", "AGE-SECRET-KEY-1QQQ", "age1qqq", "hello", "\0" * 9, f"{fresh()}\nand words"],
    ids=range(7),
)
def test_a_file_with_no_key_in_it_is_a_sentence_that_tells_nothing_of_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(GuideError, match="key") as found:
        key_in(tmp_path / "key", str)
    assert all(line not in str(found.value) for line in text.split("\n") if len(line) > 20)


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\0", b"x" * 70_000, b"age-encryption.org/v1\n", SEALED], ids=range(4)
)
def test_a_file_that_is_something_else_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "key").write_bytes(data)
    with pytest.raises(GuideError):
        key_in(tmp_path / "key", lambda: "a word")
    with pytest.raises(GuideError, match="cannot be read"):
        key_in(tmp_path, str)
    with pytest.raises(GuideError, match="cannot be read"):
        key_in(tmp_path / "nowhere", str)


@pytest.mark.parametrize(
    "text", ["", "age1", "age1qqqqqqqq", "\x1b[31mred", "\0", "ssh-ed25519 AAAA", "x" * 9_999]
)
def test_what_is_no_public_key_is_a_sentence_that_moves_no_cursor(text: str) -> None:
    with pytest.raises(GuideError, match="is no public key") as found:
        lock([text])
    assert str(found.value).isprintable()
    assert len(str(found.value)) < 300


def test_a_secret_key_is_not_taken_for_a_public_one_nor_shown() -> None:
    secret = fresh()
    with pytest.raises(GuideError, match="That is a secret key") as found:
        lock([secret])
    assert secret not in str(found.value)


def test_a_public_key_counts_once_however_it_is_written() -> None:
    (public,) = KEY.recipients
    assert lock([public, f" {public}\n", public.upper()]).recipients == (public,)


def test_a_passphrase_protects_a_key(tmp_path: Path) -> None:
    secret = fresh()
    (tmp_path / "key").write_bytes(protected(f"# mine\n{secret}\n", "three old words"))
    assert key_in(tmp_path / "key", lambda: "three old words").recipients == key(secret).recipients
    with pytest.raises(GuideError, match="not its passphrase, or it is damaged"):
        key_in(tmp_path / "key", lambda: "three odd words")


# ── another program ──────────────────────────────────────────────────────────────────────────────────────


def run(*words: str | Path, data: bytes = b"") -> bytes:
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def with_a_terminal(words: list[str], answer: bytes, times: int) -> None:
    """Run a program that asks for a passphrase on its own terminal."""
    pid, master = pty.fork()
    if not pid:
        os.execvp(words[0], words)
    said = b""
    for number in range(1, times + 1):
        while said.count(b"passphrase") < number:
            said += os.read(master, 1 << 12)
        os.write(master, answer + b"\n")
    try:
        while os.read(master, 1 << 12):
            pass
    except OSError:
        pass
    os.close(master)
    assert os.waitpid(pid, 0)[1] == 0, said


def test_age_opens_what_was_sealed_here_and_the_other_way_round(age: str, tmp_path: Path) -> None:
    run("age-keygen", "-o", tmp_path / "key")
    theirs = key_in(tmp_path / "key", str)
    assert run(age, "-d", "-i", tmp_path / "key", data=lock(theirs.recipients).seal(WORDS)) == WORDS
    (tmp_path / "recipients.txt").write_text(f"# two\n{theirs.recipients[0]}\n{KEY.recipients[0]}\n")
    sealed = run(age, "-R", tmp_path / "recipients.txt", data=LONG)
    for one in (theirs, KEY):
        assert one.open(sealed) == LONG


@pytest.mark.parametrize("armor", [[], ["--armor"]])
def test_a_key_that_age_protects_by_a_passphrase_is_opened(
    age: str, tmp_path: Path, armor: list[str]
) -> None:
    plain, locked = tmp_path / "plain", tmp_path / "locked"
    run("age-keygen", "-o", plain)
    with_a_terminal([age, "-p", *armor, "-o", str(locked), str(plain)], b"five warm stones", 2)
    assert key_in(locked, lambda: "five warm stones").recipients == key_in(plain, str).recipients


def test_age_opens_a_key_that_was_protected_here(age: str, tmp_path: Path) -> None:
    secret = fresh()
    (tmp_path / "locked").write_bytes(protected(secret, "five warm stones"))
    words = [age, "-d", "-o", str(tmp_path / "plain"), str(tmp_path / "locked")]
    with_a_terminal(words, b"five warm stones", 1)
    assert (tmp_path / "plain").read_text() == secret
