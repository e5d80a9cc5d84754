"""What a study asks for: one validated type for the YAML file and for Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, InstanceOf, WithJsonSchema, model_validator

from heatproof.spec.checking import SECTIONS, checked
from heatproof.spec.entry import Entry
from heatproof.spec.overrides import override
from heatproof.spec.packaged import study_file
from heatproof.spec.parts import ComputeSpec, DataSpec, ModelSpec, Part, Text
from heatproof.spec.places import Path as Way
from heatproof.spec.places import Place, in_words
from heatproof.spec.yaml import MAX_BYTES, read_yaml
from heatproof.vocabulary.errors import HeatproofError, Problems, problem

Entries = Annotated[tuple[InstanceOf[Entry], ...], WithJsonSchema({"type": "array"})]
Class = Annotated[int, Field(strict=True, ge=0)]
DEFAULT_CONTROLS = ("random", "edges")


class StudySpec(Part):
    """A study, checked and complete."""

    heatproof: Literal[1] = Field(description="1, the version of the format")
    name: Text = Field(default="study", description="a name")
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = Field(
        default=0, description="a whole number, at least 0"
    )
    models: Annotated[tuple[ModelSpec, ...], Field(min_length=1)] = Field(description="a list of models")
    data: DataSpec = Field(description="a data set, or a folder of images")
    target: Literal["predicted", "label"] | Class | Annotated[list[Class], Field(min_length=1)] = Field(
        default="predicted",
        description="predicted, label, a class number, or a list with a class number for each image",
    )
    profile: Text | None = Field(default=None, description="the name of a preset, like attribench2024")
    methods: Entries = Field(description="a list of methods")
    controls: Entries = Field(description="a list of methods; [] for none")
    metrics: Entries = Field(description="a list of metrics")
    pictures: Annotated[int, Field(strict=True, ge=0)] = Field(
        default=0, description="a whole number, at least 0: images whose maps on changed models are kept for figures"
    )
    compute: ComputeSpec = Field(default=ComputeSpec(), description="a mapping with device, batch, maps and scores")
    out: Text | None = Field(default=None, description="the path of the run folder")

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """One model may stand without a list."""
        models = given.get("models")
        return {**given, "models": [models]} if isinstance(models, str | dict | ModelSpec) else given

    @classmethod
    def from_python(
        cls,
        *,
        models: Sequence[str | Mapping[str, Any] | ModelSpec],
        data: str | Mapping[str, Any] | DataSpec,
        methods: Sequence[Any],
        metrics: Sequence[Any],
        controls: Sequence[Any] = DEFAULT_CONTROLS,
        allow_plugins: bool = False,
        **others: Any,
    ) -> StudySpec:
        """The same from Python. Entries are names, functions, (name, settings), {name: settings} or Entry.

        Others: name, seed, target, out, and the device, batch, maps and scores of `compute`.
        """
        compute = {key: others.pop(key) for key in ComputeSpec.model_fields if key in others}
        listed = {"models": models, "data": data, "methods": methods, "controls": controls, "metrics": metrics}
        given = {"heatproof": 1, **listed, **others, "compute": compute}
        return checked(cls, given, lambda path, key: Place(in_words(path)), allow_plugins=allow_plugins)

    def resolved(self) -> dict[str, Any]:
        """The study with all defaults written out: plain values, itself a valid study."""
        plain = self.model_dump(mode="json", by_alias=True, exclude=set(SECTIONS))
        return {
            key: [entry.written() for entry in getattr(self, key)] if key in SECTIONS else plain[key]
            for key in type(self).model_fields
        }


def read_study(path: str | Path, *, overrides: Sequence[str] = (), allow_plugins: bool = False) -> StudySpec:
    """The study in this file, or the packaged one of this name; all problems are raised together."""
    file = study_file(path)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise problem("HP130", file=file, reason=error.strerror or error) from None
    root = read_yaml(raw, str(path))
    problems: list[HeatproofError] = []
    for text in overrides:
        try:
            root = override(root, text)
        except HeatproofError as error:
            problems.append(error)
    if problems:
        raise Problems(problems)
    named = {"name": file.stem, "controls": list(DEFAULT_CONTROLS), "out": f"runs/{file.stem}"}

    def locate(path: Way, key: bool) -> Place:
        return root.find(path, key=key)

    return checked(StudySpec, named | root.data, locate, allow_plugins=allow_plugins, from_file=True)
