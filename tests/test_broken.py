"""Every script in tests/broken is wrong on purpose, and the text beside it is what its author is told."""

from pathlib import Path

import pytest
import yaml

from guide.script import problems_in

BROKEN = Path(__file__).parent / "broken"


@pytest.mark.parametrize("parser", ["fast", "plain"])
@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.yaml")))
def test_a_broken_script_gives_exactly_its_messages(
    name: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "plain":  # where PyYAML was built without libyaml
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    monkeypatch.chdir(BROKEN)
    told = [str(problem) for problem in problems_in(Path(f"{name}.yaml"), shipped=None)]
    assert told == (BROKEN / f"{name}.txt").read_text("utf-8").splitlines()


def test_no_message_waits_for_a_script_that_is_gone() -> None:
    scripts = {path.stem for path in BROKEN.glob("*.yaml")}
    assert {path.stem for path in BROKEN.glob("*.txt")} == scripts
