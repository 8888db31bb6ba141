"""Citations of cards in a few words."""

from __future__ import annotations

import re

#: Abbreviations of words in names of journals, as in ISO 4.
_ABBREVIATIONS = {"Nature": "Nat.", "Communications": "Commun.", "Materials": "Mater.", "Letters": "Lett.",
                  "Frontiers": "Front.", "in": "", "of": "", "the": "", "Neuroscience": "Neurosci.",
                  "Technology": "Technol.", "Device": "Dev.", "Devices": "Dev.", "Electronics": "Electron.",
                  "Electronic": "Electron.", "Advanced": "Adv.", "Applied": "Appl.",
                  "Physics": "Phys.", "Journal": "J.", "Transactions": "Trans.", "Science": "Sci.",
                  "Scientific": "Sci.", "Reports": "Rep.", "Reviews": "Rev.", "Research": "Res."}
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def short_citation(text: str) -> str:
    """Return first author, journal and year of a citation: "Choi, Nat. Mater. 2018"."""
    year = _year(text)
    author = re.split(r",| et al| and | & |;|:", text, maxsplit=1)[0].strip()
    journal = _journal(text[:year.start()]) if year else ""
    if not year or author == text.strip():
        return text.strip()
    return f"{author}, {journal} {year[0]}" if journal and journal != author else f"{author} {year[0]}"


def _year(text: str) -> re.Match[str] | None:
    """Return the last year in brackets, or else the last that is not part of a DOI or a page range."""
    plain = re.split(r"\bdoi\b|https?:", text, maxsplit=1, flags=re.IGNORECASE)[0]
    bracketed = [match for match in _YEAR.finditer(plain) if plain[:match.start()].endswith("(")]
    return next(iter(reversed(bracketed or list(_YEAR.finditer(plain)))), None)


def _journal(before: str) -> str:
    """Return the last words before the year that are not volume and pages."""
    parts = [part.strip(" (") for part in before.split(", ")]
    named = [part for part in parts[1:] if re.match(r"[A-Za-z]", part)]
    words = re.sub(r"[\s(]+[\d(].*$", "", named[-1]).split() if named else []
    return " ".join(filter(None, (_ABBREVIATIONS.get(word, word) for word in words)))
