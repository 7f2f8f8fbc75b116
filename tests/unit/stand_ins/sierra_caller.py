"""A Sierra client as short as it can be."""

import base64

from stand_ins.sierra.process import RunningSierra
from stand_ins.sierra.tokens import DEMO_KEY, DEMO_SECRET
from tests.unit.stand_ins.json_caller import Answer, JsonCaller

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(key: str = DEMO_KEY, secret: str = DEMO_SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"}


def ask_for_token(sierra: RunningSierra, headers: dict[str, str], body: bytes) -> Answer:
    return JsonCaller(sierra.api).call("POST", "/token", body, headers | FORM)


def logged_in(sierra: RunningSierra) -> JsonCaller:
    answer = ask_for_token(sierra, basic(), b"grant_type=client_credentials")
    return JsonCaller(sierra.api, {"Authorization": f"Bearer {answer.json['access_token']}"})
