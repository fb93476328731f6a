"""`python -m guide`, and the command `guide`."""

from guide.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
