"""Editors that complete names, show signatures and go to definitions."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
