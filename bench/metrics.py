"""heatproof beside Quantus, attribench and captum.metrics: values of the same maps of the same images.

    python bench/metrics.py               both sizes, about ten minutes
    python bench/metrics.py --sizes 28    digits only
    python bench/metrics.py --quick       fewer images and rounds, in a minute

One metric at a time, so that nothing is shared: bench/whole.py measures what sharing is worth. Settings are equal, and
values are compared where nothing is drawn and the peer follows the definition. Peers that compute something else under
the same name (Quantus: sensitivity-n, infidelity, monotonicity) are left out; faithfulness correlation is sensitivity-n
with one size of sets.
"""

from functools import partial
from typing import Any

import peers_attribench
import peers_captum
import peers_quantus
import torch
from cases import Case, case, quiet
from pairs import alternate, attempt
from record import arguments, set_threads, write
from sides import Row, apart

import heatproof as hp

COUNTS = {28: 32, 224: 2}


def measured(c: Case, maps: torch.Tensor, row: Row, seconds: float) -> dict[str, Any]:
    """One row of the table; `maps` (N, C, H, W) are what both sides score."""
    count = min(row.images or len(c.images), len(c.images))
    c, maps = c.first(count), maps[:count]
    theirs = row.prepare(c, maps)

    def ours() -> torch.Tensor:
        return hp.score(c.model, c.images, maps, row.metric, target=c.targets, **row.settings)

    differ = apart(row, c, ours(), theirs()) if row.expected else None
    found = alternate(ours, theirs, seconds=seconds).row()
    about = {"toolkit": row.toolkit, "peer": row.peer, "images": count, "batch": c.batch}
    return found | about | {"differ": differ, "note": row.note}


def main() -> None:
    args = arguments(__doc__, only="")
    quiet()
    threads, found = set_threads(args.threads), {}
    for side in args.sizes:
        c = case(side, max(1, COUNTS[side] // (4 if args.quick else 1)))
        print(f"{side} px, {c.name}, {len(c.images)} images, {threads} threads")
        maps = hp.explain(c.model, c.images, "input_x_gradient", target=c.targets).mean(1, keepdim=True)
        rows = [row for peer in (peers_quantus, peers_attribench, peers_captum) for row in peer.rows(c)]
        rows = [r for r in rows if args.only in r.metric + r.toolkit]
        seconds = 2.0 if args.quick else 12.0
        made = [
            (f"{r.metric}, {r.toolkit}", r.metric, partial(measured, c, maps.expand_as(c.images), r, seconds))
            for r in rows
        ]
        found[str(side)] = [attempt(told, work) | {"label": label} for told, label, work in made]
    write("metrics", {"threads": threads, "rows": found}, args)


if __name__ == "__main__":
    main()
