"""A Symphony client as short as it can be."""

from stand_ins.symphony.process import RunningSymphony
from stand_ins.symphony.sessions import DEMO_CLIENT, DEMO_LOGIN, DEMO_PASSWORD
from tests.unit.stand_ins.json_caller import Answer, JsonCaller

HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "SD-Originating-App-Id": "tests",
    "x-sirs-clientID": DEMO_CLIENT,
}


def log_in(caller: JsonCaller, login: str = DEMO_LOGIN, password: str = DEMO_PASSWORD) -> Answer:
    return caller.post("/user/staff/login", {"login": login, "password": password})


def logged_in(symphony: RunningSymphony) -> JsonCaller:
    caller = JsonCaller(symphony.api, dict(HEADERS))
    caller.headers["x-sirs-sessionToken"] = log_in(caller).json["sessionToken"]
    return caller
