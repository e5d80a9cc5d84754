"""What a benchmark found, with the machine and the versions that it was found with: bench/results/NAME.json."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SHOWN = ("heatproof", "torch", "numpy", "captum", "quantus", "attribench", "scikit-image", "scipy")


def arguments(text: str, **more: Any) -> argparse.Namespace:
    """--quick, --threads and --out of every benchmark; `more` are names with defaults of numbers."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short version, in about a minute")
    parser.add_argument("--threads", type=int, default=1, help="threads of both sides (1); 0: as many as PyTorch takes")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--sizes", type=int, nargs="+", default=[28, 224], help="pixels of a side: 28, 224")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def set_threads(count: int) -> int:
    """Threads that PyTorch computes with from now on; 0 leaves them as they are."""
    import torch

    if count:
        torch.set_num_threads(count)
    return torch.get_num_threads()


def machine() -> dict[str, Any]:
    """Processor, cores, memory (GiB), system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "instructions": _instructions(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions(names: Iterable[str] = SHOWN) -> dict[str, str]:
    """Of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write(name: str, content: Mapping[str, Any], args: argparse.Namespace) -> Path:
    """NAME.json; a short run goes to NAME-quick.json, so that it never replaces a full one."""
    args.out.mkdir(parents=True, exist_ok=True)
    path: Path = args.out / f"{name}{'-quick' if args.quick else ''}.json"
    head = {"bench": name, "date": time.strftime("%Y-%m-%d"), "machine": machine(), "versions": versions()}
    path.write_text(json.dumps(head | dict(content), indent=1, default=float) + "\n")
    print(f"written: {path}", file=sys.stderr)
    return path


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _instructions() -> str:
    """Those that decide how fast matrices are multiplied."""
    flags = set(_cpuinfo("flags").split())
    return " ".join(name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags)


def _cpuinfo(key: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
