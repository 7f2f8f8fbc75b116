from __future__ import annotations

import pytest

from registry_operators.domain.sync.field_values import DataType
from registry_operators.errors import ConfigurationError
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.profile_fields import load_profile_fields, profile_fields_file

SMALL = """\
system_fields:
  email: {label: E-mail, data_type: email, required: true}
  title: {label: Title, data_type: choice, choices: [Mr., "Mrs. "]}
all_types:
  interests: {label: Interests, several: true}
types:
  patron: {label: Patron}
  student: {label: Student, fields: {year: {label: Year, data_type: number}}}
"""


@pytest.fixture
def load(tmp_path):
    def read(text: str):
        path = tmp_path / "profile_fields.yaml"
        path.write_text(text, encoding="utf-8")
        return load_profile_fields(path)

    return read


def test_the_file_of_the_project_is_correct():
    fields = load_profile_fields(CONFIG_DIR / "profile_fields.yaml")

    assert set(fields.types) == {"patron", "student", "staff"}
    assert fields.of_type("student")["graduation_year"].level == "student"


def test_a_type_has_the_fields_of_three_levels(load):
    fields = load(SMALL)

    assert fields.types == {"patron": "Patron", "student": "Student"}
    assert {name: one.level for name, one in fields.of_type("student").items()} == {
        "email": "system", "title": "system", "interests": "all_types", "year": "student",
    }  # fmt: skip
    assert set(fields.of_type("patron")) == {"email", "title", "interests"}


def test_a_field_is_text_optional_and_has_one_value_unless_it_says_otherwise(load):
    fields = load(SMALL).of_type("student")

    assert (fields["interests"].data_type, fields["interests"].is_list) == (DataType.TEXT, True)
    assert [name for name, one in fields.items() if one.is_required] == ["email"]
    assert fields["title"].choices == {"mr.": "Mr.", "mrs.": "Mrs. "}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("data_type: email", "data_type: mail", "system_fields.email.data_type"),
        ("several: true", "many: true", "all_types.interests.many"),
        ("interests:", "email:", "email: a field of a type cannot have the name"),
        ("{year:", "{email:", "email: a field of a type cannot have the name"),
        ("  patron:", "  system:", "a type cannot be called system"),
        ("choices: [Mr.,", "choices: [MRS.,", "differ in case"),
        (", choices: [Mr., \"Mrs. \"]", "", "choices belong to"),
        ("label: Year, data_type: number", "label: Year, choices: [a]", "choices belong to"),
        ("interests:", "Interests!:", "all_types.Interests!"),
        ("label: E-mail", "label: ''", "system_fields.email.label"),
        ("system_fields:", "system:", "system_fields: Field required"),
        ("  patron: {label: Patron}\n  student", "  student", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(load, old, new, told):
    assert old in SMALL
    if not told:
        assert load(SMALL.replace(old, new)).types == {"student": "Student"}
        return

    with pytest.raises(ConfigurationError, match="nothing was read") as refused:
        load(SMALL.replace(old, new))

    assert told in str(refused.value)


def test_everything_that_is_wrong_is_told_at_once(load):
    with pytest.raises(ConfigurationError) as refused:
        load(SMALL.replace("label: E-mail", "label: ''").replace("several: true", "many: true"))

    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["a: [", "", "[]", "types: {}\nsystem_fields: {}\n"])
def test_what_is_no_such_file_is_refused(load, text):
    with pytest.raises(ConfigurationError):
        load(text)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"fields\.yaml: the file is missing"):
        load_profile_fields(tmp_path / "fields.yaml")


def test_the_environment_can_name_another_file(monkeypatch, tmp_path):
    monkeypatch.setenv("PATRON_SYNC_PROFILE_FIELDS", str(tmp_path / "mine.yaml"))

    assert profile_fields_file() == tmp_path / "mine.yaml"


def test_a_field_that_says_nothing_of_it_tells_who_somebody_is(tmp_path):
    file = tmp_path / "fields.yaml"
    file.write_text(
        "system_fields:\n  name: {label: Name}\n  city: {label: City, sensitivity: personal}\n"
        "types: {patron: {label: Patron}}\n"
    )

    fields = load_profile_fields(file).of_type("patron")

    assert [fields[name].sensitivity for name in ("name", "city")] == ["identifying", "personal"]
