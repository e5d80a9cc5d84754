"""Plain values as YAML that `read_yaml` reads back as the very same values."""

from __future__ import annotations

from typing import Any

import yaml

from heatproof.spec.scalars import scalar


def yaml_text(values: Any) -> str:
    """The values as YAML: lists and mappings in blocks, words quoted wherever they could mean something else."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """PyYAML writes for readers of YAML 1.1: `1e3` is a word there, and a number here."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal parts are written out each time."""
        return True


def _word(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    ambiguous = not isinstance(scalar(value), str) or not value.isprintable()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if ambiguous else None)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else text.replace("e", ".0e"))


_Dumper.add_representer(str, _word)
_Dumper.add_representer(float, _number)
