from __future__ import annotations

import pytest

from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.field_values import DataType
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.errors import ConfigurationError
from registry_operators.settings import catalogues
from registry_operators.settings.catalogues import known_systems, load_catalogue

SECRETS = ("password", "pin", "secret", "token")


@pytest.mark.parametrize("ils", known_systems())
class TestEveryCatalogue:
    def test_can_be_read_and_has_fields(self, ils):
        catalogue = load_catalogue(ils)

        assert catalogue.ils == ils
        assert len(catalogue.fields) > 10
        for one in catalogue.fields.values():
            assert one.label
            compile_path(one.path)

    def test_tells_which_record_it_is(self, ils):
        catalogue = load_catalogue(ils)

        assert catalogue.record_id
        for path in (catalogue.record_id, *catalogue.marks_redacted):
            compile_path(path)

    def test_offers_no_secret(self, ils):
        catalogue = load_catalogue(ils)

        # "password" in `catalogue.dropped` stands for what is taken out of every record.
        assert [name for name, one in catalogue.fields.items()
                if one.top_level_key in catalogue.dropped] == []  # fmt: skip
        assert [name for name in catalogue.fields if name.rpartition("_")[2] in SECRETS] == []

    def test_says_how_much_a_name_or_number_tells(self, ils):
        fields = load_catalogue(ils).fields.values()
        named = [one for one in fields if one.data_type is DataType.EMAIL]

        assert [one.name for one in named if one.sensitivity is not Sensitivity.IDENTIFYING] == []


def test_koha_has_its_own_attributes():
    found = load_catalogue("koha").find("extended_attributes.GRADYEAR")

    assert found is not None
    assert "GRADYEAR" in found.path
    assert load_catalogue("koha").find("extended_attributes.a]b") is None


def test_a_system_without_a_catalogue_is_told_with_those_that_there_are():
    with pytest.raises(ConfigurationError, match=r"known are .*koha"):
        load_catalogue("../koha")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("record_id: id\nfields: {a: {label: A, path: 'b['}}\n", "cannot be read"),
        ("record_id: id\nfields: {a: {label: A}}\nfamilies: {b: {label: B, path: c}}\n", "{}"),
        ("record_id: id\nfields: {a: {label: A, kind: text}}\n", "kind"),
        ("fields: {}\n", "record_id"),
        ("record_id: [\n", "not correct"),
    ],
)
def test_a_catalogue_that_is_wrong_is_told(tmp_path, monkeypatch, text, told):
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogues, "CATALOGUES_DIR", tmp_path)

    with pytest.raises(ConfigurationError) as refused:
        load_catalogue("wrong")

    assert told in str(refused.value)
