"""Elements of HTML. Text is escaped unless it is Html already, so that nothing a user wrote becomes markup."""

from __future__ import annotations

import html

from neurosim.tables import printable


class Html(str):
    """Text that is HTML already; whoever makes one vouches for it."""


def element(name: str, *children: object, **attributes: object) -> Html:
    """Return an element: text among the children is escaped, attributes too; `class_` and `aria_label` name attributes.

    returns : Html
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
                   for key, value in attributes.items())
    return Html(f"<{name}{told}>{joined(*children)}</{name}>")


def escaped(text: object) -> str:
    """Return text as it stands on a page and in an attribute: neither markup nor control characters."""
    return html.escape(printable(str(text), "\n\t"))


def joined(*parts: object) -> Html:
    """Return parts one behind the other, each escaped unless it is Html."""
    return Html("".join(part if isinstance(part, Html) else escaped(part) for part in parts))
