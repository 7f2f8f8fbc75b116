"""Log in (spec N3.8)."""

from __future__ import annotations

from fastapi import APIRouter, Request

from registry_operators.cms_api.models_in import LoginRequest
from registry_operators.cms_api.models_out import LoginResponse
from registry_operators.cms_api.routing import Agency, JsonRoute, refusals
from registry_operators.cms_api.sessions import open_session

router = APIRouter(
    route_class=JsonRoute,
    tags=["Session"],
    responses=refusals(400, 403, 404, 405, 408, 413, 415, 500, 503),
    strict_content_type=False,
)


@router.post("/external/v1/{agencyid}/authentication/login")
def log_in(request: Request, agencyid: Agency, wanted: LoginRequest) -> LoginResponse:
    """Log a CMS user in; the session ends after an hour unless the operator says otherwise."""
    desk = request.app.state.desk
    key = open_session(desk, agencyid, wanted.username, wanted.password)
    return LoginResponse(session_key=key)
