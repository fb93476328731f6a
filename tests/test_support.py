"""What this is and is not, and where help is: the same everywhere, from one dated file."""

import datetime as dt
import json
import warnings
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.cli import guide
from guide.cli import support as command
from guide.errors import GuideError
from guide.face import first_page
from guide.support import SENTENCES, WHERE, Help, is_old

ROOT = Path(__file__).parent.parent
TODAY = dt.date(2026, 11, 24)
LINE = """
    checked: 2026-11-24
    international:
      - {name: A Directory, site: example.org, what: lines by country}
    regions:
      XY:
        name: Somewhere
        lines:
          - name: A Line
            number: "0800 123 456"
            hours: day and night
            languages: [en, de]
            checked: 2026-11-01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "help.yaml"
    path.write_text(dedent(text))
    return path


def folded(text: str) -> str:
    """The words alone: neither line ends nor marks of emphasis count."""
    return " ".join(text.replace("`", "").replace("*", "").split())


def test_somebody_went_through_the_list_less_than_six_months_ago() -> None:
    """Time makes this a warning, not a failure: old help is better than none."""
    known = Help.load()
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # all others are errors here
        if known.outdated(dt.date.today()):
            warnings.warn(f"help/help.yaml was last gone through on {known.day}: do it again", stacklevel=1)


@pytest.mark.parametrize(
    ("days", "old"), [(0, False), (183, False), (184, True), (4000, True), (-1, True), (-4000, True)]
)
def test_six_months_is_old_and_so_is_a_day_to_come(days: int, old: bool) -> None:
    assert is_old(TODAY.toordinal(), TODAY + dt.timedelta(days=days)) is old


def test_a_line_of_a_region_that_is_old_makes_the_list_old(tmp_path: Path) -> None:
    path = written(tmp_path, LINE)
    assert not Help.load(path).outdated(TODAY)
    old = written(tmp_path, LINE.replace("checked: 2026-11-01", "checked: 2026-02-01"))
    assert Help.load(old).outdated(TODAY)
    shown = command.page(Help.load(old), "XY", TODAY, 76, asked=True)
    assert any("last checked on 2026-02-01" in line for line in shown)


def test_what_ships_lists_the_two_directories_and_no_number_that_nobody_checked() -> None:
    known = Help.load()
    assert [one.site for one in known.international] == ["findahelpline.com", "befrienders.org"]
    assert known.regions == {}


def test_first_page_readme_and_help_page_say_the_same() -> None:
    for page in ("README.md", "docs/help.md"):
        text = folded((ROOT / page).read_text("utf-8"))
        missing = [sentence for sentence in SENTENCES if folded(sentence) not in text]
        assert not missing, page
        assert "guide support" in text
    assert all(folded(sentence) in folded(first_page()) for sentence in (*SENTENCES, WHERE))
    for one in Help.load().international:
        assert one.site in (ROOT / "docs" / "help.md").read_text("utf-8")


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Where no language is set."""
    for key in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(key, raising=False)
    return monkeypatch


def run(*words: str) -> Result:
    return CliRunner().invoke(guide, ["support", *words])


def given_list(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    path = written(folder, text)
    load = Help.load
    monkeypatch.setattr(Help, "load", lambda: load(path))


def test_it_says_all_of_it_and_where_help_is(elsewhere: pytest.MonkeyPatch) -> None:
    done = run()
    assert done.exit_code == 0
    text = folded(done.output)
    for words in (*SENTENCES, "the emergency number where you are", "findahelpline.com", "befrienders.org"):
        assert folded(words) in text
    assert "guide play hard-moment" in text
    assert "no lines" not in text
    assert max(map(len, done.output.splitlines())) <= 76


def test_without_lines_for_a_region_it_says_so_and_where_to_find_them(elsewhere: pytest.MonkeyPatch) -> None:
    text = folded(run("--region", "nz").output)
    assert "There are no lines for NZ here yet; findahelpline.com and befrienders.org find them" in text


@pytest.mark.parametrize("setting", ["de_XY.UTF-8", "XY asked for"])
def test_lines_of_a_region_are_shown_first_by_locale_or_when_asked(
    elsewhere: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    given_list(elsewhere, tmp_path, LINE)
    if "." in setting:
        elsewhere.setenv("LANG", setting)
        done = run()
    else:
        done = run("--region", "XY")
    assert "A Line" in done.output
    assert "0800 123 456; day and night; en, de" in done.output
    assert done.output.index("In Somewhere") < done.output.index("example.org")


def test_an_old_list_says_how_old_it_is(elsewhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given_list(elsewhere, tmp_path, LINE.replace("checked: 2026-11-24", "checked: 2020-01-31"))
    assert "Somebody last went through this list on 2020-01-31; it may have changed." in folded(run().output)
    assert json.loads(run("--json").output)["outdated"] is True


def test_as_json_it_is_whole(elsewhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given_list(elsewhere, tmp_path, LINE)
    data = json.loads(run("--json", "--region", "xy").output)
    assert data["sentences"] == list(SENTENCES)
    assert data["checked"] == "2026-11-24"
    assert data["region"]["code"] == "XY"
    (line,) = data["region"]["lines"]
    assert (line["number"], line["languages"], line["checked"]) == (
        "0800 123 456",
        ["en", "de"],
        "2026-11-01",
    )


def test_with_a_damaged_list_the_sentences_stand_and_the_reason_is_told(
    elsewhere: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given_list(elsewhere, tmp_path, "checked: [")
    done = run()
    assert done.exit_code == 1
    assert "the emergency number where you are" in done.output
    assert "this is not YAML" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("word", ["", "A", "AUT", "1A", "..", "A\n", "\x1b["])
def test_what_is_no_region_is_a_misuse(word: str) -> None:
    assert run("--region", word).exit_code == 2


WRONG = {
    "no YAML": ("nonsense: [", {}),
    "no command": ("options: {nosuch: {for: 5m}}", {}),
    "no option": ("options: {support: {regoin: AT}}", {}),
    "no region": ("options: {support: {region: Austria}}", {}),
    "no yes or no": ("options: {support: {json: perhaps}}", {}),
    "no region in the environment": ("", {"GUIDE_SUPPORT_REGION": "Austria"}),
    "nobody's home": ("", {"GUIDE_HOME": "~nosuchuser/x"}),
    "a home that cannot be": ("", {"GUIDE_HOME": "/tmp/" + "x" * 300}),
}


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings of somebody, in which something is wrong."""
    settings, environment = WRONG[request.param]
    path = tmp_path / "config" / "config.yaml"
    path.parent.mkdir()
    path.write_text(settings)
    for key, value in {"GUIDE_HOME": str(tmp_path), **environment}.items():
        monkeypatch.setenv(key, value)
    return path


def test_whatever_is_wrong_with_the_settings_it_says_all_of_it(wrong: Path) -> None:
    for words in ([], ["--json"], ["--region", "NZ"]):
        done = run(*words)
        assert done.exit_code == 0
        assert all(folded(sentence) in folded(done.stdout) for sentence in SENTENCES)
        assert done.stderr.startswith("Left aside: ") or words, "what is typed may stand for what is wrong"
    assert run("--region", "Austria").exit_code == 2, "what is typed has to be right"


def test_whatever_is_wrong_with_the_settings_there_is_help(wrong: Path) -> None:
    for words in (["--help"], ["support", "--help"], ["play", "--help"], ["list", "--help"]):
        done = CliRunner().invoke(guide, words)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: ")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("locale", ["C", "xx_YY.nonsense", "de_DE.latin1"])
def test_in_any_locale_it_says_all_of_it(encoding: str, locale: str) -> None:
    import os
    import subprocess
    import sys

    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": locale}
    for words in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "guide", "support", *words],
            env=environment,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert folded(SENTENCES[0]) in folded(done.stdout.decode(encoding))


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("            checked: 2026-11-01\n", "", "no line is listed that nobody has checked"),
        ("checked: 2026-11-24", "checked: yesterday", "a day is written like 2026-11-24"),
        ("checked: 2026-11-24", "", "checked: 'checked' is missing"),
        ("checked: 2026-11-01", "checked: 2026-13-01", "a day is written like"),
        ("XY", "xyz", "a region has two capital letters"),
        ("number:", "nummer:", "there is nothing called 'nummer' here"),
        ('            number: "0800 123 456"\n', "", "a line needs a number, a text or a site"),
        ("0800 123 456", "0800;rm -rf", "it cannot be '0800;rm -rf'"),
        ("example.org", "javascript:alert(1)", "it cannot be"),
        ("example.org", "https://example.org", "it cannot be"),
        ("[en, de]", "en", "not a list"),
        ("name: A Line", "name: " + "x" * 81, "too long"),
        ("name: Somewhere", "name: [a]", "not a text"),
    ],
)
def test_what_is_wrong_in_the_file_is_a_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = dedent(LINE)
    assert dedent(old) in text or old in text
    changed = text.replace(dedent(old) if dedent(old) in text else old, new)
    if old.startswith("            "):
        changed = text.replace("        " + old.strip() + "\n", "")
    with pytest.raises(GuideError, match=r"help\.yaml") as caught:
        Help.load(written(tmp_path, changed))
    assert words in str(caught.value)


@settings(deadline=None)
@given(
    st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_whatever_the_file_holds_it_ends_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "help.yaml"
    path.write_bytes(content)
    with pytest.raises(GuideError):
        Help.load(path)


def test_it_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom guide.cli import guide\n"
        "guide(['support'], standalone_mode=False)\n"
        "print([m for m in ('numpy', 'sounddevice', 'rich', 'soundfile', 'socket') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
