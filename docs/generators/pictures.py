"""The pictures of ``docs/pictures/``: what stands where, and what leads to what."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from docs.generators.drawing import Picture


def overview() -> str:
    """Draw all systems and people, and what goes between them."""
    picture = Picture(
        820, 385, "What patron sync connects",
        "Patron sync stands between Cicero and the national patron registry: a push at 01:00, a "
        "pull at 06:00. Data syncs read library systems into person profiles. A library's web site "
        "uses the CMS API, librarians use the desk, operators use Airflow and the terminal.",
    )  # fmt: skip
    site = picture.box("person", 20, 30, 170, "Library's web site", "patrons")
    staff = picture.box("person", 325, 30, 170, "Librarian", "at the desk")
    operator = picture.box("person", 630, 30, 170, "Operator", "Airflow, terminal")
    picture.frame(20, 105, 780, 185)
    picture.note(190, 124, "patron sync")
    api = picture.box("step", 45, 135, 120, "CMS API")
    desk = picture.box("step", 350, 135, 120, "Desk")
    jobs = picture.box("step", 655, 135, 120, "DAGs, pages")
    cicero = picture.box("store", 45, 215, 220, "Cicero", "patrons, cards, PINs, consents")
    ledger = picture.box("store", 315, 215, 190, "Ledger", "plans, runs, audit trail")
    profiles = picture.box("store", 555, 215, 220, "Profiles", "persons, for other systems")
    registry = picture.box("outside", 20, 335, 270, "National patron registry")
    systems = picture.box("outside", 530, 335, 270, "Alma, Koha, Sierra, Symphony")
    picture.arrow(site, api)
    picture.arrow(staff, desk)
    picture.arrow(operator, jobs)
    picture.arrow(api, cicero)
    picture.arrow(desk, cicero, via=((410, 190), (215, 190)))
    picture.arrow(jobs, ledger, via=((715, 190), (460, 190)))
    picture.arrow(cicero, registry, "push 01:00", via=((95, 320),), at=(58, 308))
    picture.arrow(registry, cicero, "pull 06:00", via=((215, 300),), at=(252, 318))
    picture.arrow(systems, profiles, "data syncs", at=(700, 318))
    return picture.svg()


def run() -> str:
    """Draw the steps of a run, and where records leave it."""
    picture = Picture(
        820, 262, "The steps of a run",
        "Each run reads, filters by consent, sets local cards aside, fills in numbers and PINs, "
        "plans every change, compares the plan with limits, writes, and accounts for every record. "
        "On the way records are left out, held or fail, each with a reason.",
    )  # fmt: skip
    names = ("read", "consent", "local card", "card, PIN", "plan", "guard", "write", "account")
    steps = [picture.box("step", 16 + 101 * place, 60, 82, name) for place, name in
             enumerate(names)]  # fmt: skip
    for one, other in pairwise(steps):
        picture.arrow(one, other)
    picture.note(16, 38, "from the last mark on")
    picture.note(560, 38, "nothing was written before here")
    out = picture.box("store", 16, 150, 284, "left out", "no consent, local card, nobody known")
    held = picture.box("person", 400, 150, 212, "held", "too many, or a conflict")
    failed = picture.box("stop", 634, 150, 170, "failed", "every run tries again")
    picture.arrow(steps[1], out)
    picture.arrow(steps[2], out)
    picture.arrow(steps[5], held)
    picture.arrow(steps[6], failed)
    picture.note(16, 228, "read = created + updated + unchanged + left out + held + failed")
    picture.note(16, 246, "A number that does not add up turns the run red.")
    return picture.svg()


def base() -> str:
    """Draw how a remembered value tells who has changed what."""
    picture = Picture(
        820, 320, "What the base decides",
        "For each value the ledger keeps a fingerprint of what both sides last agreed on. If "
        "neither side differs from it nothing travels; if one does, its value travels; if both do, "
        "the policy of the field decides.",
    )  # fmt: skip
    for place, name in enumerate(("Cicero", "base: last agreed", "registry")):
        picture.note(85 + 150 * place, 34, name, is_centred=True)
    rows = (
        (("N101", "N101", "N101"), ("step", "nothing to do", "no call, no write")),
        (("N205", "N101", "N101"), ("step", "the push sends N205", "then both have it: new base")),
        (("N101", "N101", "N307"), ("step", "the pull takes N307", "then both have it: new base")),
        (("N205", "N101", "N307"), ("person", "conflict", "sender, newest, or a person decides")),
    )
    for number, (values, (kind, title, text)) in enumerate(rows):
        y = 56 + 66 * number
        first, agreed, third = (
            picture.box("store" if value == "N101" else "person", 30 + 150 * place, y, 110, value)
            for place, value in enumerate(values)
        )
        told = picture.box(kind, 500, y - 9, 300, title, text)
        if values[0] != values[1]:
            picture.arrow(first, agreed)
        if values[2] != values[1]:
            picture.arrow(third, agreed)
        picture.arrow(third, told)
    return picture.svg()


def held() -> str:
    """Draw what becomes of changes that exceed a limit."""
    picture = Picture(
        820, 262, "What a limit holds waits for a person",
        "Changes of a kind within its limit are written. What exceeds it waits as a set: a person "
        "approves or rejects it, or it expires after seven days and its patrons are compared anew.",
    )  # fmt: skip
    plan = picture.box("step", 20, 80, 130, "plan", "by kind, library")
    guard = picture.box("step", 210, 80, 140, "guard", "within the limit?")
    write = picture.box("step", 640, 20, 160, "written", "in this same run", height=40)
    wait = picture.box("person", 420, 80, 150, "held set", "somebody is asked")
    approved = picture.box("step", 640, 80, 160, "approved", "checked, written")
    rejected = picture.box("stop", 640, 144, 160, "rejected", "stays as it is")
    expired = picture.box("stop", 640, 204, 160, "nobody decides", "compared again", height=46)
    picture.arrow(plan, guard)
    picture.arrow(guard, write, "yes", via=((280, 40),), at=(450, 32))
    picture.arrow(guard, wait, "no")
    picture.arrow(wait, approved)
    picture.arrow(wait, rejected, via=((530, 170),))
    picture.arrow(wait, expired, "7 days", via=((460, 228),), at=(560, 221))
    return picture.svg()


def nights() -> str:
    """Draw why a missed night loses nothing."""
    picture = Picture(
        820, 215, "A night that was missed is made up for",
        "Each run reads from the mark of the last completed run. A run that fails leaves the mark, "
        "so the next one reads both days. Patrons who failed are taken up by every later run.",
    )  # fmt: skip
    said = (
        ("step", "Monday's run", "done"),
        ("stop", "Tuesday's run", "failed"),
        ("step", "Wednesday's run", "reads Tuesday too"),
    )
    runs = [picture.box(kind, 30 + 290 * place, 30, 180, name, text) for place, (kind, name, text)
            in enumerate(said)]  # fmt: skip
    moved = ("mark: Monday", "mark: still Monday", "mark: Wednesday")
    marks = [picture.box("store", 30 + 290 * place, 150, 180, text) for place, text
             in enumerate(moved)]  # fmt: skip
    for one, mark in zip(runs, marks, strict=True):
        picture.arrow(one, mark)
    for mark, later in zip(marks, runs[1:], strict=False):
        left, right = mark.x + 180, later.x
        middle = (left + right) / 2
        picture.arrow(mark, later, via=((middle, 166), (middle, 55)))
    return picture.svg()


def data_flow() -> str:
    """Draw which personal data are where, and where they go."""
    picture = Picture(
        820, 470, "Where personal data are",
        "Personal data are in the patron database and, while a call lasts, in memory. Airflow, its "
        "logs and its database hold run ids, counts and pseudonyms. The registry gets card number, "
        "PIN, national id and name of patrons who consent. Library systems are read only.",
    )  # fmt: skip
    picture.frame(16, 16, 570, 438, "your installation")
    picture.box("step", 36, 46, 250, "Airflow: logs, XCom, database", "run ids, counts, no person")
    api = picture.box("step", 336, 46, 230, "CMS API, desk, pages", "show and change a patron")
    picture.frame(36, 116, 530, 262, "patron database (PostgreSQL)")
    cicero = picture.box("store", 306, 146, 240, "cicero", "national id, name, contact,",
                         "cards, consent; PIN encrypted")  # fmt: skip
    ledger = picture.box("store", 306, 232, 240, "patron_sync", "pseudonyms, fingerprints;",
                         "values of a run, 7 days")  # fmt: skip
    profiles = picture.box("store", 306, 318, 240, "profiles, data_sync", "what a data sync maps")
    audit = picture.box("store", 56, 232, 200, "audit trail", "ten digits of a pseudonym",
                        height=68)  # fmt: skip
    picture.box("store", 56, 146, 200, "cms_api", "sessions, as digests", height=68)
    picture.box("stop", 36, 396, 250, "master key: kept apart", height=42)
    heads = picture.box("step", 306, 396, 260, "signed heads of the audit trail", height=42)
    site = picture.box("person", 640, 46, 164, "Patrons, librarians", "over HTTPS")
    registry = picture.box("outside", 640, 219, 164, "National registry", "card number, PIN,",
                           "national id, name", height=94)  # fmt: skip
    systems = picture.box("outside", 640, 318, 164, "Library systems", "only read")
    picture.arrow(site, api)
    picture.arrow(api, cicero)
    picture.arrow(cicero, ledger)
    picture.arrow(ledger, audit)
    picture.arrow(ledger, registry, via=((600, 252),))
    picture.arrow(registry, ledger, via=((600, 280),))
    picture.arrow(systems, profiles)
    picture.arrow(audit, heads, via=((156, 387), (330, 387)))
    return picture.svg()


def layers() -> str:
    """Draw which part of the code hands what to which."""
    picture = Picture(
        820, 334, "The layers",
        "DAGs chain operators; operators call steps with a run id and libraries; hooks turn "
        "Airflow's connections into clients, keys and the ledger. The command patron-sync calls "
        "the same steps. Steps use clients, which speak to the registry, the ledger, which runs "
        "the SQL files in the patron database, and the domain, which holds the rules.",
    )  # fmt: skip
    picture.frame(20, 16, 560, 96, "Airflow: schedules, retries, logs")
    dags = picture.box("step", 40, 50, 110, "dags")
    operators = picture.box("step", 240, 50, 120, "operators")
    hooks = picture.box("step", 440, 50, 120, "hooks")
    cli = picture.box("step", 640, 50, 160, "patron-sync")
    steps = picture.box("step", 240, 160, 120, "steps")
    clients = picture.box("step", 60, 226, 120, "clients")
    domain = picture.box("step", 240, 226, 120, "domain")
    ledger = picture.box("step", 420, 226, 120, "ledger")
    registry = picture.box("outside", 20, 284, 200, "registry, library systems", height=34)
    database = picture.box("store", 600, 217, 200, "patron database", "by files of include/sql")
    picture.arrow(dags, operators)
    picture.arrow(operators, hooks)
    picture.arrow(operators, steps, "run id, libraries", at=(374, 138))
    picture.arrow(hooks, steps, "clients, keys, ledger", via=((500, 177),), at=(574, 138))
    picture.arrow(cli, steps, via=((720, 187),))
    picture.arrow(steps, clients, via=((120, 177),))
    picture.arrow(steps, domain)
    picture.arrow(steps, ledger, via=((340, 209), (480, 209)))
    picture.arrow(clients, registry)
    picture.arrow(ledger, database)
    return picture.svg()


def stages() -> str:
    """Draw how far a library can have come in a run."""
    picture = Picture(
        820, 190, "The stages of a library in a run",
        "A library that takes part goes from opened to staged, consent filtered, cards filtered, "
        "looked up in a push only, assigned, planned, guarded, loaded and done. A library that is "
        "disabled stays so. A dry run ends at guarded.",
    )  # fmt: skip
    names = ("opened", "staged", "consent_filtered", "cards_filtered", "looked_up")
    first = [picture.box("step", 20 + 162 * place, 24, 134, name) for place, name in
             enumerate(names)]  # fmt: skip
    later = ("assigned", "planned", "guarded", "loaded", "done")
    second = [picture.box("step", 668 - 162 * place, 104, 134, name) for place, name in
              enumerate(later)]  # fmt: skip
    for row in (first, second):
        for one, other in pairwise(row):
            picture.arrow(one, other)
    picture.arrow(first[4], second[0], "push", at=(760, 84))
    picture.arrow(first[3], second[0], "pull", via=((573, 81), (690, 81)), at=(620, 76))
    picture.note(290, 160, "a dry run ends at guarded")
    picture.note(20, 180, "A disabled library stands at disabled, and stays there.")
    return picture.svg()


PICTURES: dict[str, Callable[[], str]] = {
    f"pictures/{make.__name__}.svg": make
    for make in (overview, run, base, held, nights, data_flow, layers, stages)
}
