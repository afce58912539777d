"""Signatures of what takes the fields of an input as keyword arguments: `help` and `inspect` name each of them."""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from khata import _khata


def _parameters(described: dict[str, Any]) -> list[Parameter]:
    defaults: dict[str | None, object] = {None: Parameter.empty, "...": ..., "None": None}
    return [
        Parameter(
            member["name"],
            Parameter.KEYWORD_ONLY,
            default=defaults.get(member["default"], str(member["default"]).strip('"')),
        )
        for member in described["members"]
    ]


def _with_fields(method: Any, fields: list[Parameter]) -> Signature:
    """The signature of a method, with those fields in the place of its `**fields`."""
    own = signature(method).parameters.values()
    positional = [one for one in own if one.kind not in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)]
    named = [one for one in own if one.kind is Parameter.KEYWORD_ONLY]
    return Signature([*positional, *fields, *named])


def _showing(method: Any, shown: Signature) -> Any:
    """The same method, with that signature."""

    @wraps(method)
    def call(self: Any, /, *args: Any, **fields: Any) -> Any:
        return method(self, *args, **fields)

    call.__dict__["__signature__"] = shown
    return call


def show() -> None:
    """Gives every method and class of inputs its signature."""
    described = _khata._describe()
    inputs = {one["name"]: _parameters(one) for one in described["inputs"]}
    for name, taken in described["methods"]:
        for cls in (_khata.Khata, _khata.AsyncKhata, _khata.Shop, _khata.AsyncShop):
            if method := vars(cls).get(name):
                shown = _with_fields(method, inputs[taken])
                setattr(cls, name, _showing(method, shown))
                if new := getattr(_khata, taken, None):
                    new.__signature__ = shown.replace(parameters=list(shown.parameters.values())[1:])
