"""The registry's SOAP requests, written as text: rpc/encoded, ``http://lanekortet.no``."""

from __future__ import annotations

from xml.sax.saxutils import escape

from registry_operators.clients.registry_messages import RegistryUpload

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:nl="http://lanekortet.no"'
    ' soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    "<soap:Body><nl:{operation}>{arguments}</nl:{operation}></soap:Body></soap:Envelope>"
)


def write_request(operation: str, **arguments: str | int) -> bytes:
    """Write a request whose arguments are strings (``xsd:string``) and numbers (``xsd:int``)."""
    text = "".join(
        f'<{name} xsi:type="xsd:{"int" if isinstance(value, int) else "string"}">'
        f"{escape(str(value))}</{name}>"
        for name, value in arguments.items()
    )
    return _ENVELOPE.format(operation=operation, arguments=text).encode()


def write_upload(operation: str, upload: RegistryUpload, *, address: str | None = None) -> bytes:
    """
    Write ``nyPost`` or ``endre``; elements whose value is ``None`` are left out.

    :param address: The card number under which the registry knows the patron, for ``endre``.
    """
    fields = (
        ("lnr", upload.card_number),
        ("fnr_hash", upload.national_id),
        ("navn", upload.name),
        ("pin", upload.encrypted_pin),
    )
    post = "".join(
        f'<{name} xsi:type="xsd:string">{escape(value)}</{name}>'
        for name, value in fields
        if value is not None
    )
    key = f'<lnr xsi:type="xsd:string">{escape(address)}</lnr>' if address is not None else ""
    arguments = f'{key}<post xsi:type="nl:Laaner">{post}</post>'
    return _ENVELOPE.format(operation=operation, arguments=arguments).encode()
