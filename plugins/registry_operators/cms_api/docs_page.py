"""The page of the API, made of its OpenAPI document: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}caption{text-align:left;font-weight:bold}"
    "th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ccc}"
    "pre{overflow:auto;background:#f5f5f5;padding:.5rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def docs_page(api: dict[str, Any]) -> HTMLResponse:
    """Return the page of an OpenAPI document."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            entry = _entry(method.upper(), path, operation)
            groups.setdefault(operation["tags"][0], []).append(entry)
    html = environment.get_template("docs.html.j2").render(api=api, groups=groups, style=_STYLE)
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def _entry(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "description": operation.get("description", ""),
        "body": _schema(operation.get("requestBody", {})),
        "answers": {
            status: {"description": answer["description"], "body": _schema(answer)}
            for status, answer in sorted(operation["responses"].items())
        },
    }


def _schema(part: dict[str, Any]) -> str:
    """Return the name or type of the JSON that a request or answer carries."""
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("type") == "array":
        return f"[{_name(schema['items'])}]"
    return _name(schema)


def _name(schema: dict[str, Any]) -> str:
    reference: str = schema.get("$ref") or schema.get("type") or ""
    return reference.rpartition("/")[2]
