"""The base of everything in a study that is a plain mapping."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Count = Annotated[int, Field(strict=True, ge=1)]
Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A mapping of a study; unknown keys are refused. Descriptions say what a key takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """The fields by the keys of YAML."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}
