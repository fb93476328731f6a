"""`guide bedside install` for `install.sh`, before Click and the rest of what Guide needs are there."""

import argparse
import sys
from pathlib import Path

from guide.bedside.install import Place, running
from guide.errors import GuideError


def main() -> None:
    """Install, or uninstall, as the words of the command line say."""
    parser = argparse.ArgumentParser(prog="python -m guide.bedside.install")
    parser.add_argument("--uninstall", action="store_true")
    parser.add_argument("--dry-run", dest="dry", action="store_true")
    parser.add_argument("--python", default=sys.executable, help="the Python that will have Guide")
    asked = parser.parse_args()
    deed = running.uninstall if asked.uninstall else running.install
    try:
        deed(Place(Path("/"), asked.python), print, dry=asked.dry)
    except (GuideError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
