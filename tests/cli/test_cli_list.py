"""Lists: complete, light, as text and as JSON."""

import json

import pytest

from heatproof.cli.commands.list import DATA, MODELS
from heatproof.data.load import BUILT_IN
from heatproof.models.hub import HUBS
from heatproof.models.zoo import ZOO
from heatproof.vocabulary import listing
from heatproof.vocabulary.registry import formulas

KINDS = ("methods", "metrics", "models", "data", "studies")


@pytest.mark.parametrize("kind", ["method", "metric"])
def test_the_listing_read_from_sources_equals_the_registry(kind):
    registered = listing._registered(kind)
    assert [listed.name for listed in registered] == sorted(formulas(kind))
    # Other tests of this process may have registered formulas of their own.
    own = {name for name, made in formulas(kind).items() if made.call.__module__.startswith("heatproof.")}
    assert listing.listing(kind) == [listed for listed in registered if listed.name in own]


def test_installed_plugins_are_listed_too(monkeypatch):
    monkeypatch.setattr(listing, "entry_points", lambda group: ["a plug-in"])
    monkeypatch.setattr(listing, "_registered", lambda kind: [kind])
    assert listing.listing("metric") == ["metric"]


def test_models_and_data_are_those_that_can_be_loaded():
    names = {*ZOO, *(f"{hub}:NAME" for hub in HUBS), "file.py:factory"}
    assert set(MODELS) == names
    assert set(DATA) == {*BUILT_IN, "./folder", "file.py:factory"}


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_json_show_the_same_names(cli, kind):
    text, found = cli("list", kind), cli("list", kind, "--json")
    assert text.exit_code == found.exit_code == 0
    assert text.stderr == found.stderr == ""
    rows = json.loads(found.stdout)
    assert [line.split("  ")[0] for line in text.stdout.splitlines()] == ["name", *(row["name"] for row in rows)]


def test_settings_and_papers_are_shown(cli):
    line = next(line for line in cli("list", "methods").stdout.splitlines() if line.startswith("smoothgrad "))
    assert "sigma=0.15, n=50, scale=range" in line
    assert "Smilkov et al. 2017" in line
    row = next(row for row in json.loads(cli("list", "methods", "--json").stdout) if row["name"] == "smoothgrad")
    assert row["settings"] == {"sigma": 0.15, "n": 50, "scale": "range", "absolute": False, "unit": "pixel"}


@pytest.mark.parametrize(
    "args", [["--help"], *(["list", kind] for kind in KINDS), ["help", "HP102"], ["run", "--help"]]
)
def test_nothing_heavy_is_imported(process, args):
    code = (
        "import sys, time\n"
        "from heatproof.cli import main\n"
        f"try: main({args!r})\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "heavy = {'torch', 'pandas', 'matplotlib', 'rich', 'scipy', 'skimage', 'numpy', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "print(time.process_time(), file=sys.stderr)\n"
    )
    done = process(code=code)
    assert done.returncode == 0, done.stderr
    assert (
        float(done.stderr.split()[-1]) < 1.0
    )  # promised: 0.15 for --help, 0.4 for list; doubled where machines are slow
