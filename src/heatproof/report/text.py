"""Values of a run as text that is safe and pleasant to read."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import Markup, escape

from heatproof.stats import words

NOTHING = "–"
_HARMLESS = "\n\t\u200c\u200d"
"""Line breaks of texts, and joiners that scripts and emoji need."""
_JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def shown(value: object) -> str:
    """The text with everything visible that a reader could not see: control codes, direction marks, broken bytes."""
    return "".join(c if c.isascii() and c >= " " and c != "\x7f" else _visible(c) for c in str(value))


def _visible(char: str) -> str:
    harmless = char in _HARMLESS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return char if harmless else f"‹U+{ord(char):04X}›"


def for_page(value: Any) -> Any:
    """What the templates do with every value before it is escaped."""
    return value if isinstance(value, Markup) else shown(value)


def breakable(name: str) -> Markup:
    """A name that may wrap after its underscores."""
    return escape(shown(name)).replace("_", Markup("_<wbr>"))


def json_block(value: object) -> Markup:
    """JSON that cannot end the script element it stands in; no bare NaN."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return Markup("".join(_JSON_ESCAPES.get(c, c) for c in text))  # noqa: S704 - escaped just here


def finite(values: Iterable[float | None]) -> list[float]:
    """Those of the values that can be drawn, kept where their differences cannot overflow."""
    return [min(max(v, -1e300), 1e300) for v in values if v is not None and math.isfinite(v)]


def number_format(values: Iterable[float | None]) -> Callable[[float | None], str]:
    """One way of writing that suits all these values, so that a column can be read down."""
    largest = max((abs(v) for v in finite(values)), default=1.0)
    scientific = largest >= 1e6 or 0 < largest < 1e-2
    decimals = 3 if largest < 10 else 2 if largest < 100 else 1 if largest < 1000 else 0

    def write(value: float | None) -> str:
        if value is None or math.isnan(value):
            return NOTHING
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        value = value or 0.0  # no minus sign before a zero
        text = f"{value:.2e}" if scientific and value else f"{value:,.{decimals}f}"
        if not scientific and not float(text.replace(",", "")):
            text = text.lstrip("-")
        mantissa, *power = text.replace("-", "−").split("e")
        return mantissa + "".join(f"e{p[0].strip('+')}{p[1:].lstrip('0') or '0'}" for p in power)

    return write


def percent(share: float | None) -> str:
    """A share between 0 and 1 as per cent."""
    return NOTHING if share is None or not math.isfinite(share) else words.percent(share)


def duration(seconds: float | None) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 60:
        return f"{seconds:.3g}\xa0s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}\xa0h {minutes:02}\xa0min" if hours else f"{minutes}\xa0min {rest:02}\xa0s"


def arrow(better: str) -> str:
    """The direction of a metric as one sign."""
    return {"higher": "↑", "lower": "↓"}.get(better, "")


def settings(values: Any) -> str:
    """`n=50, sigma=0.15`."""
    return ", ".join(f"{name}={value}" for name, value in values.items())
