"""Models are fetched, checked and unpacked, or nothing is changed: over https from a server that fails."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.error import URLError

import pytest
import serving
import shelving
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from serving import Shop, cut_after, lies, says, sends_on, stalls_after
from shelving import ENCODER, GOOD_TAR, GOOD_ZIP, TOKENIZER, TOKENS, encoder, package, sha, tarred, zipped

from guide.cli import guide
from guide.errors import GuideError, NotFoundError, StorageError
from guide.models import MODELS, Model, Shelf
from guide.models import catalogue as entries
from guide.models import install as installing
from guide.models.fetch import FetchError, fetch
from guide.models.install import install, remove
from guide.models.tokens import tokens
from guide.models.unpack import PackageError, unpack


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serving.serving() as shop:
        yield shop


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


@pytest.fixture
def brought() -> Callable[..., None]:
    """Fetching, from the server of the tests, with little patience."""
    return partial(fetch, context=serving.trusting(), patience=0.5)


def offered(shop: Shop) -> Model:
    """The small model, to be had in the shop."""
    return shelving.model(
        package(GOOD_TAR, "tar.gz", encoder(), url=shop.offer("small.tgz", GOOD_TAR)),
        package(GOOD_ZIP, "zip", shelving.tokenizer(), url=shop.offer("small.whl", GOOD_ZIP)),
    )


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def left(shelf: Shelf) -> set[str]:
    """What lies on the shelf beside the lock."""
    return {path.name for path in shelf.folder.iterdir()} - {".lock"}


# -- what is well


def test_a_model_is_fetched_unpacked_and_nothing_else_is_left(
    shop: Shop, shelf: Shelf, brought: Callable[..., None]
) -> None:
    wanted, heard = offered(shop), list[tuple[int, int]]()
    place = install(shelf, wanted, bring=brought, heard=lambda have, of: heard.append((have, of)))
    assert files(place) == {"encoder.onnx": ENCODER, "tokens.txt": TOKENS}
    assert left(shelf) == {wanted.folder}
    assert heard[-1] == (wanted.to_fetch, wanted.to_fetch)
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}
    assert place.stat().st_mode & 0o777 == 0o700
    assert shelf.has(wanted)
    assert shelf.checked(wanted) == place


def test_what_was_cut_off_goes_on_where_it_stopped(
    shop: Shop, shelf: Shelf, brought: Callable[..., None]
) -> None:
    wanted = offered(shop)
    shop.answers = [cut_after(100), says(503)]
    with pytest.raises(FetchError, match=r"answered 503.*Try again later"):
        install(shelf, wanted, bring=brought)
    assert not shelf.has(wanted)
    install(shelf, wanted, bring=brought)
    assert shelf.has(wanted)
    asked = [request.get("Range") for request in shop.requests]
    assert asked == [None, "bytes=100-", "bytes=100-", None]
    assert shop.requests[1]["If-Range"] == f'"{len(GOOD_TAR)}-1f"'


def test_a_file_that_became_another_is_fetched_from_its_beginning(tmp_path: Path, shop: Shop) -> None:
    url = shop.offer("small.tgz", b"old" * 1000)
    shop.answers = [cut_after(100), says(503)]
    to = tmp_path / "coming"
    bring = partial(fetch, url, 3000, to, context=serving.trusting())
    with pytest.raises(FetchError):
        bring()
    shop.offer("small.tgz", b"new" * 1000)
    bring()
    assert to.read_bytes() == b"new" * 1000


def test_a_connection_that_breaks_is_opened_again_while_something_comes(tmp_path: Path, shop: Shop) -> None:
    url = shop.offer("a", ENCODER)
    shop.answers = [cut_after(100), stalls_after(5000)]
    fetch(url, len(ENCODER), tmp_path / "coming", context=serving.trusting(), patience=0.3)
    assert (tmp_path / "coming").read_bytes() == ENCODER
    assert len(shop.requests) == 3


def test_a_redirect_to_https_is_followed(shop: Shop, shelf: Shelf, brought: Callable[..., None]) -> None:
    wanted = offered(shop)
    shop.answers = [sends_on("/small.tgz"), sends_on(f"{shop.address}/small.tgz", 301)]
    install(shelf, wanted, bring=brought)
    assert shelf.has(wanted)


# -- what is not


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([cut_after(0)], r"was cut off \(.+\)\. What came is kept: the same command goes on from there\."),
        ([stalls_after(0)], r"was cut off \(nothing came for 0\.5 s\)"),
        (
            [sends_on("http://127.0.0.1/small.tgz")],
            r"an address that is not https, and so it was not followed",
        ),
        ([sends_on("file:///etc/passwd")], r"did not give the file"),
        ([sends_on("/small.tgz")] * 20, r"did not give the file|cannot be reached"),
        ([says(404)], r"127\.0\.0\.1:\d+ does not have small\.tgz any more"),
        ([says(500)], r"did not give the file \(it answered 500\)"),
        ([lies(3)], r"gave 3 bytes instead of \d+"),
        ([lies(len(GOOD_TAR) + 4)], r"gave \d+ bytes instead of \d+"),
        ([lies(None)], r"gave more than \d+ bytes"),
    ],
    ids=["cut", "stall", "to-http", "to-file", "round-and-round", "404", "500", "short", "long", "endless"],
)
def test_what_a_server_does_wrong_is_a_sentence_and_changes_nothing(
    shop: Shop, shelf: Shelf, brought: Callable[..., None], answers: list[serving.Answer], sentence: str
) -> None:
    wanted = offered(shop)
    shop.answers = list(answers)
    with pytest.raises(FetchError, match=sentence):
        install(shelf, wanted, bring=brought)
    assert not shelf.has(wanted)
    assert left(shelf) <= {".coming"}
    shop.answers = []
    install(shelf, wanted, bring=brought)  # nothing of it is in the way of the next time
    assert shelf.has(wanted)


def test_another_content_of_the_same_length_is_thrown_away(
    shop: Shop, shelf: Shelf, brought: Callable[..., None]
) -> None:
    wanted = offered(shop)
    shop.offer("small.tgz", bytes(len(GOOD_TAR)))
    with pytest.raises(
        FetchError, match=r"small\.tgz is not the file that this guide knows \(another checksum"
    ):
        install(shelf, wanted, bring=brought)
    assert not any(path.suffix != ".mark" for path in (shelf.folder / ".coming").iterdir())
    assert not shelf.has(wanted)


def test_nobody_at_that_address_is_a_sentence(shelf: Shelf) -> None:
    with pytest.raises(FetchError, match=r"cannot be reached .+ use --from"):
        install(shelf, shelving.model())


def test_a_certificate_that_nobody_knows_is_refused(shop: Shop, shelf: Shelf) -> None:
    with pytest.raises(FetchError, match="cannot be reached"):
        install(shelf, offered(shop))
    assert shop.requests == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a", "file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_nothing_but_https_is_known(address: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError) as told:
        fetch(address, 10, tmp_path / "a")
    assert isinstance(told.value.__cause__, URLError)
    assert not (tmp_path / "a").exists()


def test_an_offline_machine_opens_no_connection(
    shop: Shop, shelf: Shelf, brought: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDE_OFFLINE", "1")
    with pytest.raises(FetchError, match="GUIDE_OFFLINE is set"):
        install(shelf, offered(shop), bring=brought)
    with pytest.raises(FetchError, match="GUIDE_OFFLINE is set"):
        fetch(shop.address, 1, shelf.folder, context=serving.trusting())
    assert shop.requests == []


def test_a_disk_that_is_nearly_full_is_told_before_anything_comes(
    shop: Shop, shelf: Shelf, brought: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "free_bytes", lambda _: 50_000_100)
    with pytest.raises(StorageError, match=r"too little room for small-one: 50 MB are free"):
        install(shelf, offered(shop), bring=brought)
    assert shop.requests == []


# -- packages brought by hand


def test_packages_are_known_by_their_content_whatever_they_are_called(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(GOOD_TAR)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "two").write_bytes(GOOD_ZIP)
    (tmp_path / "folder" / "of the same length").write_bytes(bytes(len(GOOD_ZIP)))
    wanted = shelving.model()
    place = install(shelf, wanted, [tmp_path / "one", tmp_path / "folder"])
    assert files(place) == {"encoder.onnx": ENCODER, "tokens.txt": TOKENS}
    assert (tmp_path / "one").read_bytes() == GOOD_TAR


@pytest.mark.parametrize(
    ("given_files", "sentence"),
    [
        ({"other": GOOD_TAR}, r"a is not among what --from names\. It is to be had at https://"),
        ({"a": b"something else"}, r"a is not the file that this guide knows"),
    ],
)
def test_what_is_missing_or_wrong_among_them_is_named(
    shelf: Shelf, tmp_path: Path, given_files: dict[str, bytes], sentence: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in given_files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(StorageError, match=sentence):
        install(shelf, shelving.model(), [folder])
    with pytest.raises(NotFoundError, match="there is no file"):
        install(shelf, shelving.model(), [tmp_path / "nowhere"])


# -- hostile packages


def linked(kind: bytes, name: str = "package/encoder.onnx") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def link_in_zip() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("package/link")
    info.external_attr = 0o120777 << 16
    return info


def header_of_a_giant() -> bytes:
    """A header that wants to be read whole into memory, and is a gigabyte of zeros packed well."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 8 << 20
    return tarred({}, info)


HOSTILE = {
    "up": tarred({"../encoder.onnx": ENCODER, "package/encoder.onnx": ENCODER}),
    "absolute": tarred({"/tmp/encoder.onnx": ENCODER, "package/encoder.onnx": ENCODER}),
    "symlink": tarred({}, linked(tarfile.SYMTYPE)),
    "hard link": tarred({}, linked(tarfile.LNKTYPE)),
    "device": tarred({"package/encoder.onnx": ENCODER}, linked(tarfile.CHRTYPE, "package/dev")),
    "pipe": tarred({}, linked(tarfile.FIFOTYPE)),
    "longer": tarred({"package/encoder.onnx": ENCODER + b"!"}),
    "shorter": tarred({"package/encoder.onnx": ENCODER[:-1]}),
    "other": tarred({"package/encoder.onnx": bytes(len(ENCODER))}),
    "missing": tarred({"package/README": b"nothing"}),
    "bomb": tarred({"package/zeros": bytes(60 << 20)}),
    "giant header": header_of_a_giant(),
    "no tar": b"\x1f\x8b not really",
    "cut": GOOD_TAR[:-30],
    "zip up": zipped({"../a": b"", "package/encoder.onnx": ENCODER}),
    "zip absolute": zipped({"/a": b"", "package/encoder.onnx": ENCODER}),
    "zip backslash": zipped({"a\\..\\b": b"", "package/encoder.onnx": ENCODER}),
    "zip link": zipped({link_in_zip(): b"/etc/passwd", "package/encoder.onnx": ENCODER}),
    "zip longer": zipped({"package/encoder.onnx": ENCODER + b"!"}),
    "zip bomb": zipped({"zeros": bytes(60 << 20), "package/encoder.onnx": ENCODER}),
    "zip cut": zipped({"package/encoder.onnx": ENCODER})[:-30],
}


@pytest.mark.parametrize("harm", HOSTILE)
def test_a_hostile_package_is_a_sentence_and_nothing_is_written_outside(harm: str, tmp_path: Path) -> None:
    content = HOSTILE[harm]
    folder = tmp_path / "deep" / "model"
    folder.mkdir(parents=True)
    source = tmp_path / "package"
    source.write_bytes(content)
    made = package(content, "zip" if harm.startswith("zip") else "tar.gz", encoder())
    with source.open("rb") as opened, pytest.raises(PackageError, match=r"^a (cannot be unpacked|lacks)"):
        unpack(made, opened, folder)
    assert {path.name for path in tmp_path.iterdir()} == {"package", "deep"}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert not any(path.is_symlink() for path in folder.iterdir())


@given(st.binary(max_size=400))
def test_no_package_brings_anything_but_a_sentence(content: bytes) -> None:
    import io
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for archive in ("zip", "tar.gz"):
            with pytest.raises(PackageError):
                unpack(package(content, archive, encoder()), io.BytesIO(content), Path(folder))


# -- the list of tokens


def test_the_tokens_are_in_order_and_in_base64() -> None:
    assert tokens(TOKENIZER) == TOKENS


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"{}",
        b'{"model": {"vocab": {"a": 0, "b": 2}}, "added_tokens": []}',
        b'{"model": {"vocab": {"a": 0, "b": 0}}, "added_tokens": []}',
        b'{"model": {"vocab": {"a": "x"}}, "added_tokens": []}',
        b'{"model": {"vocab": {"a": 0}}, "added_tokens": [7]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_tokenizer_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        tokens(wrong)


# -- kills, two at once, and what was there before

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import shelving
from guide.models import Shelf
from guide.models.install import install, remove
shelf, what, moment = Shelf(Path(sys.argv[2])), sys.argv[3], int(sys.argv[4])
sources = [Path(word) for word in sys.argv[5:]]
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
seen = 0
def look(event, words):
    global seen
    if event in CHANGES and (event in {"os.remove", "os.rmdir"} or str(shelf.folder) in repr(words)):
        seen += 1
        if seen == moment:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(look)
if what == "install":
    install(shelf, shelving.model(), sources)
else:
    remove(shelf, shelving.model())
"""


def older() -> Model:
    """The same model as an older guide knew it."""
    other = tarred({"package/encoder.onnx": b"older"})
    return shelving.model(package(other, "tar.gz", encoder(b"older")))


def killed(shelf: Shelf, what: str, moment: int, *sources: Path) -> int:
    words = [sys.executable, "-c", KILLED, os.fspath(Path(__file__).parent), os.fspath(shelf.folder)]
    words += [what, str(moment), *map(os.fspath, sources)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


def test_a_kill_at_any_moment_leaves_the_old_model_or_the_new(tmp_path: Path) -> None:
    source, old, new = tmp_path / "packages", older(), shelving.model()
    source.mkdir()
    (source / "tar").write_bytes(GOOD_TAR)
    (source / "zip").write_bytes(GOOD_ZIP)
    (source / "old").write_bytes(tarred({"package/encoder.onnx": b"older"}))
    outcomes = set()
    for moment in range(1, 60):
        shelf = Shelf(tmp_path / f"models-{moment}")
        install(shelf, old, [source])
        code = killed(shelf, "install", moment, source)
        there = (shelf.has(old) and shelf.whole(old), shelf.has(new) and shelf.whole(new))
        outcomes.add(there)
        assert any(there), f"neither is there after a kill at change {moment}"
        if there[1]:
            assert files(shelf.place(new)) == {"encoder.onnx": ENCODER, "tokens.txt": TOKENS}
        install(shelf, new, [source])
        assert left(shelf) == {new.folder}
        if code == 0:
            break
    else:
        pytest.fail("it was never let through")
    assert {(True, False), (False, True)} <= outcomes
    assert moment > 8


def test_a_kill_while_it_is_removed_never_leaves_half_a_model(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(GOOD_TAR)
    (tmp_path / "zip").write_bytes(GOOD_ZIP)
    sources, model = [tmp_path / "tar", tmp_path / "zip"], shelving.model()
    for moment in range(1, 40):
        shelf = Shelf(tmp_path / f"models-{moment}")
        install(shelf, model, sources)
        code = killed(shelf, "remove", moment)
        assert shelf.has(model) == shelf.place(model).exists()
        install(shelf, model, sources)
        assert left(shelf) == {model.folder}
        if code == 0:
            break
    else:
        pytest.fail("it was never let through")
    assert moment > 3


def test_two_at_once_exclude_each_other(shelf: Shelf, tmp_path: Path) -> None:
    with installing._alone(shelf):
        for act in (partial(install, shelf, shelving.model(), [tmp_path]), partial(remove, shelf, older())):
            with pytest.raises(StorageError, match="Another guide is installing or removing a model"):
                act()


def test_a_damaged_model_is_noticed_and_brought_anew(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(GOOD_TAR)
    (tmp_path / "zip").write_bytes(GOOD_ZIP)
    model = shelving.model()
    place = install(shelf, model, [tmp_path / "tar", tmp_path / "zip"])
    harmed = place / "encoder.onnx"
    harmed.write_bytes(bytes([ENCODER[0] ^ 1]) + ENCODER[1:])
    assert shelf.has(model)
    with pytest.raises(
        StorageError, match=r"small-one is damaged\. `guide models install small-one` brings it"
    ):
        shelf.checked(model)
    harmed.unlink()
    assert not shelf.has(model)
    with pytest.raises(StorageError, match="is damaged"):
        shelf.checked(model)
    install(shelf, model, [tmp_path / "tar", tmp_path / "zip"])
    assert harmed.read_bytes() == ENCODER
    remove(shelf, model)
    with pytest.raises(NotFoundError, match=r"not installed\. `guide models install small-one` brings it"):
        shelf.checked(model)
    with pytest.raises(NotFoundError, match="not installed"):
        remove(shelf, model)


def test_a_folder_where_nothing_can_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GuideError, match="cannot be used"):
        install(Shelf(tmp_path / "file" / "models"), shelving.model(), [tmp_path])


# -- the catalogue


def test_every_entry_of_the_catalogue_is_sound() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", entries.DATED)
    assert len({model.name for model in MODELS}) == len(MODELS)
    for model in MODELS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", model.name)
        assert model.about.endswith(".")
        assert all((model.licence, model.languages, model.packages))
        names = [file.name for file in model.files]
        assert len(set(names)) == len(names)
        for file in model.files:
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", file.name)
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        for one in model.packages:
            assert one.url.startswith("https://")
            assert re.fullmatch(r"[0-9a-f]{64}", one.sha256)
            assert sum(member.size for member in one.members) < one.size * 50


# -- the command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    monkeypatch.setattr("guide.models.catalogue.MODELS", (shelving.model(),))
    monkeypatch.setattr("guide.models.MODELS", (shelving.model(),))
    source = tmp_path / "packages"
    source.mkdir()
    (source / "tar").write_bytes(GOOD_TAR)
    (source / "zip").write_bytes(GOOD_ZIP)
    return source


def typed(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(guide, ["models", *words], input=answer)


def test_size_and_licence_are_shown_before_it_asks(home: Path) -> None:
    done = typed("install", "small-one", "--from", os.fspath(home), answer="n\n")
    assert done.exit_code == 0
    assert re.search(
        r"small-one: .*\n.* on the disk\. Licence: MIT.*\nInstall it\?.*\nNothing was", done.output
    )
    assert not json.loads(typed("list", "--json").output)["models"][0]["installed"]


def test_it_is_installed_listed_and_removed(home: Path) -> None:
    assert "to fetch" in typed("list").output
    done = typed("install", "small-one", "--from", os.fspath(home), "--yes")
    assert done.output.endswith("small-one is installed.\n")
    assert typed("install", "small-one", "--yes").output == "small-one is installed already.\n"
    shutil.rmtree(home)
    assert "installed" in typed("list").output
    (told,) = json.loads(typed("list", "--json").output)["models"]
    assert told["installed"]
    assert told["packages"][0]["sha256"] == sha(GOOD_TAR)
    assert typed("remove", "small-one", answer="n\n").output.endswith("It stays.\n")
    assert typed("remove", "small-one", "--yes").output == "small-one is removed.\n"
    again = typed("remove", "small-one", "--yes")
    assert (again.exit_code, again.stderr) == (1, "The model small-one is not installed.\n")


def test_a_name_that_is_not_there_gets_a_hint(home: Path) -> None:
    done = typed("install", "smal-one")
    assert (done.exit_code, done.stderr) == (
        1,
        "There is no model called 'smal-one'. Did you mean 'small-one'?\n",
    )
