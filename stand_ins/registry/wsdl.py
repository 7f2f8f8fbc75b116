"""The description of the service, for SOAP clients that build themselves from it."""

from xml.sax.saxutils import escape

from stand_ins.registry.records import FIELDS
from stand_ins.registry.wire import ENCODING, NAMESPACE, SCHEMA

_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_OPERATIONS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "hent": ((("identifikator", "xsd:string"),), "Resultat"),
    "nyPost": ((("post", "tns:Laaner"),), "Svar"),
    "nyLaaner": ((("post", "tns:Laaner"),), "Svar"),
    "endre": ((("lnr", "xsd:string"), ("post", "tns:Laaner")), "Svar"),
    "slett": ((("lnr", "xsd:string"),), "Svar"),
    "soekEndret": (
        (("tidspunkt", "xsd:string"), ("max_antall", "xsd:int"), ("start_indeks", "xsd:int")),
        "Resultat",
    ),
    "verifyLnr": (
        (("lnr", "xsd:string"), ("bibnr", "xsd:string"), ("pin", "xsd:string")), "PinSvar",
    ),
}  # fmt: skip
_SVAR = (("status", "xsd:boolean"), ("melding", "xsd:string"))
_TYPES = {
    "Laaner": tuple((name, "xsd:string") for name in FIELDS),
    "Svar": (*_SVAR, ("lnr", "xsd:string"), ("server_tid", "xsd:string")),
    "PinSvar": _SVAR,
    "Resultat": (
        *_SVAR,
        ("antall_treff", "xsd:int"),
        ("antall_poster_returnert", "xsd:int"),
        ("neste_indeks", "xsd:int"),
        ("respons_poster", "tns:LaanerListe"),
        ("server_tid", "xsd:string"),
    ),
}
_ARRAY = (
    '<xsd:complexType name="LaanerListe"><xsd:complexContent>'
    '<xsd:restriction base="SOAP-ENC:Array">'
    '<xsd:attribute ref="SOAP-ENC:arrayType" wsdl:arrayType="tns:Laaner[]"/>'
    "</xsd:restriction></xsd:complexContent></xsd:complexType>"
)
ENCODING_EXTRACT = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<xsd:schema xmlns:xsd="{SCHEMA}"'
    f' targetNamespace="{ENCODING}"><xsd:attribute name="arrayType" type="xsd:string"/>'
    '<xsd:complexType name="Array"><xsd:sequence>'
    '<xsd:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xsd:sequence>'
    '<xsd:anyAttribute processContents="lax"/></xsd:complexType></xsd:schema>\n'
).encode()
"""As much of the schema of the SOAP encoding as arrays need; spares clients the open network."""


def wsdl(address: str, encoding_address: str) -> bytes:
    """Return the WSDL of a service at `address`; `ENCODING_EXTRACT` is at `encoding_address`."""
    parts = (_types(encoding_address), _messages(), _port_type(), _binding(), _service(address))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<wsdl:definitions name="Laanekort" targetNamespace="{NAMESPACE}" xmlns:tns="{NAMESPACE}"'
        f' xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="{_SOAP}"'
        f' xmlns:xsd="{SCHEMA}" xmlns:SOAP-ENC="{ENCODING}">{"".join(parts)}</wsdl:definitions>\n'
    ).encode()


def _types(encoding_address: str) -> str:
    structs = "".join(
        f'<xsd:complexType name="{name}"><xsd:sequence>'
        + "".join(
            f'<xsd:element name="{field}" type="{kind}" minOccurs="0"/>' for field, kind in fields
        )
        + "</xsd:sequence></xsd:complexType>"
        for name, fields in _TYPES.items()
    )
    return (
        f'<wsdl:types><xsd:schema targetNamespace="{NAMESPACE}">'
        f'<xsd:import namespace="{ENCODING}" schemaLocation="{_quoted(encoding_address)}"/>'
        f"{structs}{_ARRAY}</xsd:schema></wsdl:types>"
    )


def _messages() -> str:
    return "".join(
        f'<wsdl:message name="{name}Request">'
        + "".join(f'<wsdl:part name="{part}" type="{kind}"/>' for part, kind in parts)
        + f'</wsdl:message><wsdl:message name="{name}Response">'
        f'<wsdl:part name="return" type="tns:{result}"/></wsdl:message>'
        for name, (parts, result) in _OPERATIONS.items()
    )


def _port_type() -> str:
    operations = "".join(
        f'<wsdl:operation name="{name}"><wsdl:input message="tns:{name}Request"/>'
        f'<wsdl:output message="tns:{name}Response"/></wsdl:operation>'
        for name in _OPERATIONS
    )
    return f'<wsdl:portType name="LaanekortPort">{operations}</wsdl:portType>'


def _binding() -> str:
    body = f'<soap:body use="encoded" namespace="{NAMESPACE}" encodingStyle="{ENCODING}"/>'
    operations = "".join(
        f'<wsdl:operation name="{name}"><soap:operation soapAction=""/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
        for name in _OPERATIONS
    )
    return (
        '<wsdl:binding name="LaanekortBinding" type="tns:LaanekortPort">'
        '<soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f"{operations}</wsdl:binding>"
    )


def _service(address: str) -> str:
    return (
        '<wsdl:service name="Laanekort">'
        '<wsdl:port name="LaanekortPort" binding="tns:LaanekortBinding">'
        f'<soap:address location="{_quoted(address)}"/></wsdl:port></wsdl:service>'
    )


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})
