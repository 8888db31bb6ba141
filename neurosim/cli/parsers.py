"""The type of what a verb adds its parser to, for which argparse has no public name."""

from argparse import ArgumentParser, _SubParsersAction
from typing import TypeAlias

Parsers: TypeAlias = "_SubParsersAction[ArgumentParser]"
