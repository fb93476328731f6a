"""The script language: read, checked, and every problem named with its place."""
