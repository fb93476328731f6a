"""A guide for meditation: scripts become timed, spoken sessions of exactly the length asked for."""

__version__ = "0.1.0"
