"""The tables of docs/performance.md, as Markdown."""

import math
from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; cells must not hold the sign that parts them."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def seconds(value: float) -> str:
    """With three digits: 0.0123, 1.23, 123."""
    if value <= 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{min(digits, 4)}f}"


def times(row: dict[str, Any]) -> str:
    """The ratio with its spread, or why there is none."""
    if "failed" in row:
        return str(row["failed"])
    return f"**{row['ratio']:.2f}** ({row['low']:.2f} to {row['high']:.2f})"


def agreement(row: dict[str, Any]) -> str:
    """How far the values are apart; a dash where both draw their own numbers."""
    apart = row.get("differ")
    return "-" if apart is None else "0" if apart == 0 else f"{apart:.0e}"


def methods(rows: list[dict[str, Any]]) -> str:
    head = ["method", "captum", "images", "heatproof, s", "captum, s", "times as fast", "values differ by", ""]
    return table(head, [[row["label"], row.get("peer", ""), *_sides(row)] for row in rows])


def calls(found: dict[str, dict[str, Any]]) -> str:
    """The first call with a model, and the second."""
    head = ["model", "images", "first call, s", "second call, s"]
    return table(
        head, [[c["model"], str(c["images"]), seconds(c["first"]), seconds(c["second"])] for c in found.values()]
    )


def metrics(rows: list[dict[str, Any]]) -> str:
    head = ["metric", "peer", "images", "heatproof, s", "peer, s", "times as fast", "values differ by", ""]
    return table(head, [[row["label"], _peer(row), *_sides(row)] for row in rows])


def _peer(row: dict[str, Any]) -> str:
    return " ".join(filter(None, (row.get("toolkit"), row.get("peer"))))


def _sides(row: dict[str, Any]) -> list[str]:
    if "failed" in row:
        return ["", "", "", times(row), "", row.get("note", "")]
    return [
        str(row["images"]),
        seconds(row["ours"]),
        seconds(row["theirs"]),
        times(row),
        agreement(row),
        row.get("note", ""),
    ]


def whole(found: dict[str, Any]) -> str:
    """Seconds by part for the peers, and the two sums beside heatproof's."""
    ours = _variants(found)
    head = ["part", "captum + Quantus, s", *(f"heatproof, {name}, s" for name in ours)]
    blank = ["" for _ in ours]
    lines = [[part, _said(value), *blank] for part, value in found["parts"].items()]
    for label, parts in (("half", found["half"]), ("all", list(found["parts"]))):
        theirs = sum(v for k, v in found["parts"].items() if k in parts and not isinstance(v, str))
        name = "**faithfulness half**" if label == "half" else "**everything**"
        cells = [_against(found.get(f"{variant}, {label}", {}), theirs) for variant in ours]
        lines.append([name, f"**{seconds(theirs)}**", *cells])
    return table(head, lines)


def _variants(found: dict[str, Any]) -> list[str]:
    names = [key.rpartition(", ")[0] for key in found if key.endswith((", half", ", all"))]
    return list(dict.fromkeys(names))


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else seconds(value)


def _against(run: dict[str, Any], theirs: float) -> str:
    """One run of heatproof: seconds, and how many times as fast that is."""
    if "seconds" not in run:
        return str(run.get("failed", ""))
    return f"**{seconds(run['seconds'])}** ({theirs / run['seconds']:.1f}x)"


def growth(found: dict[str, Any]) -> str:
    head = ["grows", "from - to", "seconds", "evaluations asked", "evaluations run", "peak memory"]
    lines = []
    for curve in found["curves"].values():
        sizes = [p["size"] for p in curve["points"]]
        slopes = [f"{curve['slopes'][key]:.2f}" for key in ("seconds", "asked", "run", "peak_mib")]
        lines.append([curve["about"], f"{sizes[0]} - {sizes[-1]}", *slopes])
    return table(head, lines)


def memory(found: dict[str, Any]) -> str:
    """The largest first, four times the samples beside the default; MiB above one batch and above the model."""
    by_name: dict[str, dict[int, dict[str, Any]]] = {}
    for row in found["memory"]:
        by_name.setdefault(row["name"], {})[row["times"]] = row

    def above(name: str, times: int, key: str) -> str:
        row = by_name[name].get(times)
        return "" if row is None else f"{row[key]:.0f}" if key in row else str(row["failed"])

    def largest(name: str) -> float:
        return -max(row.get("above_model_mib", 0.0) for row in by_name[name].values())

    head = ["formula", "above the batch, MiB", "with 4 times the samples", "above the model, MiB"]
    names = sorted(by_name, key=largest)
    return table(
        head,
        [
            [n, above(n, 1, "above_batch_mib"), above(n, 4, "above_batch_mib"), above(n, 1, "above_model_mib")]
            for n in names
        ],
    )


def startup(rows: list[dict[str, Any]]) -> str:
    head = ["command", "s", "times `python -c pass`"]
    return table(head, [[f"`{r['label']}`", seconds(r.get("theirs", 0)), times(r)] for r in rows])


def overhead(rows: list[dict[str, Any]]) -> str:
    head = ["pixels", "model", "images", "workers", "evaluations run", "study, s", "in the model, s"]
    head += ["bare, all threads, s", "study beyond that", "bare, a process per core, s", "study beyond that"]
    lines = []
    for r in rows:
        cells = [str(r["side"]), r["model"], str(r["images"]), str(r["workers"]), f"{r['run']:,}"]
        cells += [seconds(r["seconds"]), seconds(r["model_seconds"])]
        for way in ("alone", "side_by_side"):
            cells += [seconds(r[way]), f"**{r['seconds'] / r[way] - 1:+.0%}**"]
        lines.append(cells)
    return table(head, lines)


def formulas(found: dict[str, Any]) -> str:
    """Those that ask the model, the least overhead first."""
    head = ["formula", "", "forwards", "gradients", "s", "beyond bare evaluations", "beyond the time in the model"]
    asking = [r for r in found["rows"] if "over" in r]
    lines = []
    for r in sorted(asking, key=lambda r: r["over_model"]):
        counts = [f"{r['forwards']:,}", f"{r['gradients']:,}"]
        lines.append(
            [r["label"], r["kind"], *counts, seconds(r["seconds"]), f"{r['over']:+.0%}", f"{r['over_model']:+.0%}"]
        )
    return table(head, lines)


def machine(found: dict[str, Any]) -> str:
    """Where and with what; each benchmark names its own day."""
    last = max(found.values(), key=lambda f: f["date"])
    about, kept = last["machine"], ", ".join(f"{name} {v}" for name, v in last["versions"].items())
    days = sorted({f["date"] for f in found.values()})
    where = f"{about['processor']}, {about['cores']} cores ({about['instructions'] or 'instructions unknown'})"
    return f"{where}, {about['memory_gib']:.0f} GiB, {about['system']}. {kept}. Measured {' to '.join(days)}."
