"""The HTML of an offline page: its frame, the places of its widgets, and how data stands in it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence

from convscope.widgets._assets import bundle, style


def document(
    title: str,
    body: Sequence[str],
    bundles: Mapping[str, str],
    widgets: Sequence[str],
    language: str,
    *,
    connect: str = "",
) -> str:
    """Return the page: the parts of its body, each bundle once, the widgets' data as JSON.

    ``connect`` is what it may load from beside its own data, as a source of a security policy.
    """
    filling = {
        "LANGUAGE": html.escape(language),
        "TITLE": html.escape(title),
        "CONNECT": f"{connect} " if connect else "",
        "COMPILE": "'unsafe-eval' " if _COMPILING.intersection(bundles) else "",
        "STYLE": style("page"),
        "BODY": "\n".join(body),
        "DATA": f'{{"bundles":{as_json(dict(bundles))},"widgets":[{",".join(widgets)}]}}',
        "HOST": bundle("static_host").replace("</script", "<\\/script"),
    }
    return "".join(_fill(_PAGE, filling))


def place(index: int, height: int, picture: str, left_out: Sequence[str]) -> str:
    """Return where a widget is shown, and what its page leaves out."""
    note = ""
    if left_out:
        note = (
            "<details><summary>Some things are not in this page, to keep it small</summary>"
            f"<p>{as_ascii(', '.join(left_out))}</p></details>"
        )
    return (
        f'<figure class="widget"><div data-convscope-widget="{index}" '
        f'style="min-height:{height}px"><noscript>{picture}</noscript></div>{note}</figure>'
    )


def as_ascii(text: str) -> str:
    """Return text as HTML in ASCII, so that its length is its size."""
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def as_json(value: object) -> str:
    """Return compact ASCII JSON that cannot end the script element it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _fill(template: str, filling: Mapping[str, str]) -> Iterator[str]:
    """Yield the template with every ``@NAME@`` replaced once, and what was filled in left alone."""
    for i, part in enumerate(template.split("@")):
        yield filling[part] if i % 2 else part


# Bundles that compile code in the browser: regl its calls to the graphics card.
_COMPILING = frozenset({"manifold_scatter"})

# No at sign may stand in this page but around the names that are filled in.
_PAGE = """\
<!doctype html>
<html lang="@LANGUAGE@">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="convscope">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
  script-src @COMPILE@'unsafe-inline' blob:; worker-src blob:; connect-src @CONNECT@data: blob:;
  style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<title>@TITLE@</title>
<style>@STYLE@</style>
</head>
<body>
<main>
@BODY@
</main>
<script type="application/json" id="convscope-page">@DATA@</script>
<script type="module">@HOST@</script>
</body>
</html>
"""
