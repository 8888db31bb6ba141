"""The page around the sections: its head, its style, its table of contents, and what it is allowed to load."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from neurosim.report.markup import Html, element, joined

STYLE = """
:root { color-scheme: light; --ink: #1b1b1b; --soft: #505050; --line: #c9c9c9; --tint: #f3f5f7; --link: #004c8c; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem 1.25rem 3rem; max-width: 68rem; background: #fff; color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p, li, dd { max-width: 46rem; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid #d55e00; outline-offset: 2px; }
nav ol { columns: 16rem; padding-left: 1.3rem; margin: .6rem 0; }
.verdict { font-size: 1.1rem; }
.warnings { border-left: .25rem solid #b3541e; padding: .4rem 0 .4rem 1.6rem; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.keys div { background: var(--tint); border-left: 4px solid #0072b2; padding: .5rem .7rem; }
.keys dt { color: var(--soft); font-size: .85rem; }
.keys dd { margin: 0; font-size: 1.2rem; font-weight: 600; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.5rem;
  align-items: start; }
.whole { grid-column: 1 / -1; min-width: 0; }
figure { margin: 1rem 0; min-width: 0; }
figcaption { color: var(--soft); font-size: .9rem; max-width: 46rem; }
.drawing svg, .drawing img { display: block; width: 100%; max-width: 34rem; height: auto; }
.drawing.wide { overflow-x: auto; }
.drawing.wide svg, .drawing.wide img { min-width: 44rem; max-width: 64rem; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
.scroll { overflow-x: auto; margin: .8rem 0; background:
  linear-gradient(to right, #fff 30%, transparent) left / 2rem 100% no-repeat local,
  linear-gradient(to left, #fff 30%, transparent) right / 2rem 100% no-repeat local,
  linear-gradient(to right, #0004, transparent) left / .7rem 100% no-repeat scroll,
  linear-gradient(to left, #0004, transparent) right / .7rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 400; white-space: nowrap; }
tbody td { white-space: nowrap; }
tbody .prose { min-width: 13rem; white-space: normal; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
thead .number { white-space: normal; }
thead th { vertical-align: bottom; }
th button { font: inherit; color: var(--link); background: none; border: 0; padding: 0; text-align: inherit;
  cursor: pointer; }
th button:focus-visible { outline: 3px solid #d55e00; outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\25B2"; }
th[aria-sort=descending] button::after { content: " \\25BC"; }
pre { background: var(--tint); padding: .7rem; overflow-x: auto; font-size: .85rem; line-height: 1.35; }
code { font-family: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Consolas, monospace; }
details { margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .8rem; padding: 0;
  list-style: none; }
.images img { display: block; width: 6rem; height: auto; image-rendering: pixelated; border: 1px solid var(--line); }
.images span { font-size: .85rem; }
.sources li { font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { padding: 0 .7rem 2rem; }
  table { font-size: .8rem; }
  th, td { padding-right: .4rem; }
  tbody th, tbody td { white-space: normal; overflow-wrap: anywhere; min-width: 3.2rem; }
  caption { position: sticky; left: 0; max-width: calc(100vw - 1.4rem); }
}
@media print {
  body { font-size: 10pt; max-width: none; padding: 0; }
  nav { display: none; }
  details::details-content { content-visibility: visible; }
  a { color: inherit; text-decoration: none; }
  figure, tr, .keys, .images li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll, .drawing.wide, pre { overflow: visible; }
  .scroll { background: none; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 7pt; }
  details pre { columns: 3; }
  .pair { grid-template-columns: 1fr 1fr; }
  table { font-size: 8pt; }
  .sortable { font-size: 6pt; }
  .sortable th, .sortable td { padding-right: .3rem; }
  th button { color: inherit; }
  .drawing.wide svg, .drawing.wide img { min-width: 0; }
}
"""


def document(title: str, sections: dict, *, head: Iterable[Html] = (), script: str = "") -> Html:
    """Return a whole page.

    title : its title and first heading; sections : dict from (anchor, name) to the Html of a section
    head : Html between the first heading and the contents
    script : JavaScript at the end of the page, the only one that browsers run in it; "" = they run none
    returns : Html
    """
    contents = element("nav", element("ol", *(element("li", element("a", name, href=f"#{anchor}"))
                                              for anchor, name in sections)), aria_label="Contents")
    body = element("body", element("header", element("h1", title), *head), contents,
                   element("main", *sections.values()), *([element("script", Html(script))] if script else []))
    top = joined(Html('<meta charset="utf-8">'),
                 Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
                 Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">'),
                 Html('<link rel="icon" href="data:,">'),
                 element("title", title), element("style", Html(STYLE)))
    return Html(f'<!DOCTYPE html>\n<html lang="en">{element("head", top)}{body}</html>\n')


def _policy(script: str) -> str:
    """Return Content-Security-Policy: nothing is loaded from anywhere, and this script runs and no other."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'" + \
        (f"; script-src 'sha256-{digest}'" if script else "")
