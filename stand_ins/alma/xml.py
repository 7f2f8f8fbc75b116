"""The XML of an answer, for callers who do not ask for JSON: minimal, made from the JSON."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

ERRORS_NAMESPACE = "http://com/exlibris/urm/general/xmlbeans"
_WRAPPERS = {
    "address": "addresses", "email": "emails", "phone": "phones", "address_type": "address_types",
    "email_type": "email_types", "phone_type": "phone_types", "user_identifier": "user_identifiers",
    "user_role": "user_roles", "user_block": "user_blocks", "user_note": "user_notes",
    "user_statistic": "user_statistics", "proxy_for_user": "proxy_for_users",
    "rs_library": "rs_libraries", "library_notice": "library_notices", "parameter": "parameters",
}  # fmt: skip
_ATTRIBUTES = frozenset({"segment_type", "preferred", "preferred_sms"})
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def user_xml(user: dict[str, Any]) -> bytes:
    """Write one user."""
    return f"{_HEAD}{_element('user', user)}".encode()


def users_xml(users: list[dict[str, Any]], total: int) -> bytes:
    """Write a list of users."""
    inner = "".join(_element("user", user) for user in users)
    return f'{_HEAD}<users total_record_count="{total}">{inner}</users>'.encode()


def errors_xml(errors: list[dict[str, str]]) -> bytes:
    """Write the errors of a refused call."""
    inner = "".join(f"<error>{_inner(error)}</error>" for error in errors)
    return (
        f'{_HEAD}<web_service_result xmlns="{ERRORS_NAMESPACE}"><errorsExist>true</errorsExist>'
        f"<errorList>{inner}</errorList></web_service_result>"
    ).encode()


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        wrapper = _WRAPPERS.get(name, f"{name}s")
        return f"<{wrapper}>{''.join(_element(name, one) for one in value)}</{wrapper}>"
    if not isinstance(value, dict):
        return f"<{name}>{_text(value)}</{name}>"
    if value.keys() == {"value", "desc"}:
        return f"<{name} desc={quoteattr(value['desc'] or '')}>{_text(value['value'])}</{name}>"
    attributes = "".join(
        f" {key}={quoteattr(_text(one))}"
        for key, one in value.items()
        if key in _ATTRIBUTES and one is not None
    )
    rest = {key: one for key, one in value.items() if key not in _ATTRIBUTES}
    return f"<{name}{attributes}>{_inner(rest)}</{name}>"


def _inner(value: dict[str, Any]) -> str:
    return "".join(_element(name, one) for name, one in value.items())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape("" if value is None else str(value))
