"""
Names, streets and places that synthetic people are put together from.

First names and surnames are common ones, drawn independently; places and streets are invented.
The lists hold æ, ø, å and the Sámi letters á, č, đ, ŋ, š, ŧ and ž on purpose.
"""

FEMALE_FIRST_NAMES = (
    "Anne", "Åse", "Ingrid", "Sølvi", "Máret", "Elle", "Solveig", "Kari", "Bjørg", "Ragnhild",
    "Áile", "Biret", "Nora", "Emma", "Synnøve", "Ærna", "Liv", "Gro", "Šárá", "Inga",
    "Fatima", "Zainab", "Olena", "Agnieszka", "Linh", "Amina", "Hanne", "Tuva", "Žanna", "Ŋeita",
)  # fmt: skip
MALE_FIRST_NAMES = (
    "Ola", "Bjørn", "Håkon", "Øyvind", "Áilu", "Niillas", "Lars", "Sølve", "Åsmund", "Jonas",
    "Piera", "Mihkkal", "Emil", "Torbjørn", "Pål", "Ánde", "Knut", "Čálle", "Trond", "Sverre",
    "Mohammed", "Yusuf", "Taras", "Krzysztof", "Minh", "Abdi", "Jens", "Sondre", "Ŧomas", "Đane",
)  # fmt: skip
COMPOUND_FIRST_NAMES = (
    "Anne-Máret",
    "Kari Anne",
    "Inger Johanne",
    "Elle-Biret",
    "Liv-Åse",
    "May Britt",
    "Ole-Jørgen",
    "Nils Áslat",
    "Jan Erik",
    "Per-Øyvind",
    "Odd Inge",
    "Lars-Ánte",
)
SURNAMES = (
    "Hansen", "Berg", "Bakken", "Sørensen", "Bråten", "Ødegård", "Næss", "Lie", "Dahl", "Sæther",
    "Kråkenes", "Bjørnstad", "Utsi", "Gaup", "Sára", "Čáppa", "Šuvva", "Guttorm", "Žilić", "Boine",
    "Haugen", "Eide", "Moen", "Strøm", "Lunde", "Holm", "Vik", "Ås", "Øverli", "Ærøy",
    "Nguyen", "Ahmed", "Kowalska", "Shevchenko", "Ali", "Tesfay", "O'Brien", "van der Berg",
    "Iversen", "Solbakken",
)  # fmt: skip
COMPOUND_SURNAMES = (
    "Berg Hansen", "Utsi-Gaup", "Næss Dahl", "Eide-Ødegård", "Sára Moen", "Lie Bjørnstad",
    "Holm-Strøm", "Bråten Vik",
)  # fmt: skip
STREETS = (
    "Bokveien",
    "Hyllegata",
    "Lånerstien",
    "Permveien",
    "Øvre Sidegate",
    "Åsbrinken",
    "Sámi luodda",
    "Nedre Kapittelgate",
    "Ærfuglveien",
    "Bindstien",
    "Girjeluodda",
    "Ryggvegen",
)
PLACES = (
    ("0006", "Bokvåg"), ("0017", "Hylleøya"), ("0023", "Søre Permås"), ("0038", "Lesnes"),
    ("0041", "Girjegieddi"), ("0059", "Ærbukt"), ("0064", "Åndalsbok"), ("0072", "Čállinjárga"),
    ("0085", "Bladlia"), ("0093", "Nørdre Skrift"),
)  # fmt: skip
