"""`python -m guide`, and the command `guide`."""

import gc

# While it starts it makes much and throws nothing away: to look for garbage after each 700 new things, as is
# usual, takes a twentieth of the time until the first sound (measured).
gc.set_threshold(50_000)

from guide.cli import main  # noqa: E402

__all__ = ["main"]

if __name__ == "__main__":
    main()
