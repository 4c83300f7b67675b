"""The ratios as a picture for the docs: a bar a measure, and marks for its goal."""

from html import escape

# All lengths in pixels.
WIDTH, LINE, BAR = 860, 28, 14
LEFT, RIGHT, TOP, BOTTOM = 400, 120, 64, 34
# The longest bar: more is cut off, its figure is there in any case.
MOST = 3.0
TICKS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, MOST)

STYLE = """
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2a37; }
.paper { fill: #ffffff; stroke: #d0d7de; }
.title { font-size: 16px; font-weight: 600; }
.small { font-size: 12px; fill: #57606a; }
.figure { font-variant-numeric: tabular-nums; font-weight: 600; }
.grid { stroke: #e3e7eb; }
.stock { stroke: #57606a; stroke-dasharray: 4 3; }
.yes { fill: #0a7ea4; }
.no { fill: #c2410c; }
.open { fill: #7fb8cc; }
.none { fill: #98a3ad; }
.goal { stroke: #1f2a37; stroke-width: 3; }
.interval { stroke: #1f2a37; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .paper { fill: #161b22; stroke: #30363d; }
  .small { fill: #9aa5b1; }
  .grid { stroke: #2b323b; }
  .stock { stroke: #9aa5b1; }
  .yes { fill: #38b6db; }
  .no { fill: #f0883e; }
  .open { fill: #2f6f84; }
  .none { fill: #6e7b87; }
  .goal { stroke: #e6edf3; }
  .interval { stroke: #e6edf3; }
}
"""


def draw(results):
    """Draw the results that have a ratio.

    It has a paper of its own, so that it can be read on any page, and follows the
    reader's choice of dark colours.

    :param results: list of :class:`results.Result`
    :returns: the SVG file's text
    """
    drawn = [result for result in results if result.ratio is not None]
    bottom = TOP + LINE * len(drawn)
    parts = [_get_axis(bottom), *_get_legend()]
    for number, result in enumerate(drawn):
        parts += _get_line(result, TOP + LINE * number)
    content = "\n".join(parts)
    height = bottom + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">\n'
        "<title>Time with the addon, as a multiple of Odoo alone</title>\n"
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" '
        f'height="{height - 1}" rx="8"/>\n{content}\n</svg>\n'
    )


def _get_x(ratio):
    """Where a ratio is, from the left."""
    return LEFT + (WIDTH - LEFT - RIGHT) * min(ratio, MOST) / MOST


def _get_axis(bottom):
    parts = []
    for tick in TICKS:
        x, kind = _get_x(tick), "stock" if tick == 1 else "grid"
        parts.append(_line(x, TOP - 4, x, bottom + 4, kind))
        name = "1 = the same" if tick == 1 else f"{tick:g}"
        parts.append(_text(x, bottom + 20, name, "small", "middle"))
    return "\n".join(parts)


def _get_legend():
    title = "Time with sales_nemo, as a multiple of Odoo alone, or of SQL by hand"
    parts = [_text(20, 28, title, "title")]
    x = 20
    for kind, name in (
        ("yes", "goal met"),
        ("open", "open"),
        ("no", "goal missed"),
        ("none", "no goal"),
    ):
        parts.append(_bar(x, 40, 12, 12, kind))
        parts.append(_text(x + 18, 51, name, "small"))
        x += 40 + 7 * len(name)
    parts.append(_line(x + 6, 39, x + 6, 53, "goal"))
    parts.append(_text(x + 16, 51, "the goal's limit", "small"))
    parts.append(_line(x + 130, 46, x + 150, 46, "interval"))
    parts.append(_text(x + 158, 51, "95 % interval", "small"))
    return parts


def _get_line(result, top):
    """One measure: its name, its bar with the interval, its goal, its figure."""
    middle = top + LINE / 2
    parts = [_text(LEFT - 14, middle + 4.5, result.label, "", "end")]
    length = _get_x(result.ratio) - LEFT
    parts.append(_bar(LEFT, middle - BAR / 2, length, BAR, result.met or "none"))
    low, high = map(_get_x, result.interval[:2])
    parts.append(_line(low, middle, high, middle, "interval"))
    if result.goal and result.goal.ratio:
        x = _get_x(result.goal.ratio)
        parts.append(_line(x, middle - 10, x, middle + 10, "goal"))
    text = f"{result.ratio:.2f}{' ›' if result.ratio > MOST else ''}"
    parts.append(_text(WIDTH - 20, middle + 4.5, text, "figure", "end"))
    return parts


def _text(x, y, text, kind, anchor="start"):
    return (
        f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _line(x1, y1, x2, y2, kind):
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _bar(x, y, width, height, kind):
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.1f}" '
        f'height="{height}" rx="2"/>'
    )
