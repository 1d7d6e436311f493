"""Whether an answer is one that AWS could give: botocore's service models are the specification."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

_SESSION = botocore.session.get_session()
_PLAIN: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "double": (float, int),
    "float": (float, int),
    "timestamp": (float, int, str),
    "blob": (str,),
}


def operation(service: str, name: str) -> OperationModel:
    """What botocore knows of one operation."""
    return _SESSION.get_service_model(service).operation_model(name)


def is_operation(service: str, name: str) -> bool:
    """Whether the service has an operation of that name."""
    return name in _SESSION.get_service_model(service).operation_names


def faults(service: str, name: str, body: bytes) -> list[str]:
    """Everything in a good answer that the model does not allow."""
    model = operation(service, name)
    shape = model.output_shape
    if shape is None:
        return []
    if "payload" in shape.serialization:
        return _payload(model, shape, body, name)
    if model.service_model.resolved_protocol in ("query", "ec2"):
        root = ET.fromstring(body)  # noqa: S314 - the sandbox's own
        wrapper = shape.serialization.get("resultWrapper")
        inner = _child(root, wrapper) if wrapper else root
        return list(_in_xml(shape, inner, name)) if inner is not None else [f"{name}: no {wrapper}"]
    return list(_in_json(shape, json.loads(body or b"{}"), name))


def _payload(model: OperationModel, shape: Any, body: bytes, name: str) -> list[str]:
    """Of answers that are the thing itself only XML has a shape."""
    if model.service_model.resolved_protocol != "rest-xml":
        return []
    root = ET.fromstring(body)  # noqa: S314 - the sandbox's own
    return list(_in_xml(shape.members[shape.serialization["payload"]], root, name))


def _in_json(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure_in_json(shape, value, path)
    elif isinstance(shape, ListShape):
        for number, one in enumerate(value):
            yield from _in_json(shape.member, one, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, one in value.items():
            yield from _in_json(shape.value, one, f"{path}.{key}")
    elif not isinstance(value, _PLAIN[shape.type_name]) or _is_stray_boolean(shape, value):
        yield f"{path} is {value!r}, no {shape.type_name}"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path} is {value!r}, none of {shape.enum}"


def _structure_in_json(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    names = _names(shape)
    yield from (f"{path}.{key} is missing" for key in shape.required_members if key not in value)
    for key, one in value.items():
        if key in names:
            yield from _in_json(names[key], one, f"{path}.{key}")
        else:
            yield f"{path}.{key} is unknown"


def _in_xml(shape: Shape, element: ET.Element, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure_in_xml(shape, element, path)
    elif isinstance(shape, ListShape):
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            if _tag(child) != wanted:
                yield f"{path}.{_tag(child)} is no {wanted}"
            yield from _in_xml(shape.member, child, f"{path}.{_tag(child)}")
    elif len(element):
        yield f"{path} is no {shape.type_name}"


def _structure_in_xml(shape: StructureShape, element: ET.Element, path: str) -> Iterator[str]:
    names = _names(shape)
    for child in element:
        tag = _tag(child)
        if tag in names:
            yield from _in_xml(names[tag], child, f"{path}.{tag}")
        else:
            yield f"{path}.{tag} is unknown"


def _names(shape: StructureShape) -> dict[str, Shape]:
    return {member.serialization.get("name", name): member for name, member in shape.members.items()}


def _is_stray_boolean(shape: Shape, value: Any) -> bool:
    return isinstance(value, bool) and shape.type_name != "boolean"


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if _tag(child) == name), None)
