"""The wheel as a person gets it: built, and installed into a new environment away from this tree."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def done(*words: str | Path, cwd: Path) -> str:
    result = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "GUIDE_HOME": str(cwd / "home"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def guide(wheel: Path) -> Path:
    """The command of an environment that holds the wheel and, from here, only what it depends on."""
    place = wheel.parent / "environment"
    done(sys.executable, "-m", "venv", "--without-pip", place, cwd=wheel.parent)
    python = place / "bin" / "python"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "--quiet"]
    done(*pip, "install", "--no-index", "--no-deps", wheel, cwd=wheel.parent)
    libraries = done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=wheel.parent)
    # Of a folder named so, the .pth files are not read: this tree stays out.
    Path(libraries.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "guide"


def shipped(folder: str) -> dict[str, bytes]:
    """The files of a folder of this tree, by the name that they have in the wheel."""
    return {
        f"guide/{path.relative_to(ROOT).as_posix()}": path.read_bytes()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", ["scripts", "help", "audio/bells", "audio/beds", "audio/cues"])
def test_scripts_and_sounds_are_inside_unchanged(wheel: Path, folder: str) -> None:
    wanted = shipped(folder)
    assert wanted
    with zipfile.ZipFile(wheel) as inside:
        missing = wanted.keys() - set(inside.namelist())
        assert not missing
        assert all(inside.read(name) == content for name, content in wanted.items())


def test_the_hashes_of_anothers_words_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as inside:
        kept = inside.read("guide/data/article-6grams.txt")
    assert kept == (ROOT / "tests" / "data" / "article-6grams.txt").read_bytes()


def test_the_settings_of_a_device_to_begin_with_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as inside:
        kept = inside.read("guide/bedside/bedside.yaml")
    assert kept == (ROOT / "guide" / "bedside" / "bedside.yaml").read_bytes()


def test_nothing_is_inside_that_does_not_belong(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as inside:
        names = inside.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"guide", "heart_guide"}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


def test_the_installed_guide_is_the_wheels_own(guide: Path, tmp_path: Path) -> None:
    where = done(guide.parent / "python", "-c", "import guide; print(guide.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(guide.parent.parent)


def test_the_installed_guide_knows_its_version(guide: Path, wheel: Path, tmp_path: Path) -> None:
    version = wheel.name.split("-")[1]
    assert done(guide, "--version", cwd=tmp_path).split()[-1] == version


def test_the_installed_guide_lists_the_sessions_that_ship(guide: Path, tmp_path: Path) -> None:
    listed = json.dumps(json.loads(done(guide, "list", "--json", cwd=tmp_path)))
    sessions = [path.stem for path in (ROOT / "scripts").glob("*.yaml")]
    assert sessions
    assert all(f'"{session}"' in listed for session in sessions)


def test_the_installed_guide_finds_its_bells_and_beds(guide: Path, tmp_path: Path) -> None:
    script = tmp_path / "short.yaml"
    script.write_text(
        "guide: 1\ntitle: Short\nabout: A bell.\nkind: quick\nlanguage: en\n"
        "length: {shortest: 5s, usual: 15s, longest: 20s}\nambience: {sound: rain, level: -24}\n"
        "steps:\n  - bell: {sound: bowl, settle: 4s}\n  - rest: 6s\n"
    )
    done(
        guide, "render", script, "-o", tmp_path / "short.wav", "--voice", "hum", "--for", "15s", cwd=tmp_path
    )
    # 48,000 frames a second, two channels of two bytes.
    assert (tmp_path / "short.wav").stat().st_size > 15 * 48_000 * 4


def test_the_installed_guide_practises_a_script(guide: Path, tmp_path: Path) -> None:
    script = tmp_path / "short.yaml"
    script.write_text(
        "guide: 1\ntitle: Short\nlanguage: de\nlength: {shortest: 5s, usual: 15s, longest: 20s}\n"
        "steps:\n  - say: Ein Stein.\n  - rest: 6s\n"
    )
    told = subprocess.run(
        [guide, "check", "--practice", "--voice", "hum", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "GUIDE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (1, "")
    assert "[safety-offer]" in told.stdout
