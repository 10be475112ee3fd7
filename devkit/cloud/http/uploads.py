"""Uploads of users' files: signed addresses, and what they take. The files themselves are forgotten."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.api.signing import same
from devkit.cloud.store.schema import PRODUCTS
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

PATH = "/resource"


def sign_upload(secret: str, place: str, size: int) -> str:
    """Return what makes an address of an upload valid, for a file of this size."""
    return hmac.new(secret.encode(), f"{place}?{size}".encode(), hashlib.sha256).hexdigest()


def upload_routes(emulator: Emulator) -> list[BaseRoute]:
    """Return the route that takes uploads."""

    async def upload(request: Request) -> Response:
        raw: str = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        place, query = raw.removeprefix(f"{PATH}/"), request.query_params
        size = int(query["size"]) if query.get("size", "").isdecimal() and len(query["size"]) < 12 else -1
        with emulator.store.transaction() as tx:
            product = tx.get(PRODUCTS, place.partition("/")[0])
        secret = str(product["secret"]) if product else ""
        if not product or not same(query.get("sign", ""), sign_upload(secret, place, size)):
            return Response(_("The address is not one that was handed out.\n"), 403, media_type="text/plain")
        digest = hashlib.md5(usedforsecurity=False)
        arrived = 0
        async for chunk in request.stream():
            arrived += len(chunk)
            if arrived > size:
                break
            digest.update(chunk)
        if arrived != size:
            return Response(_(f"The file must have {size} bytes.\n"), 400, media_type="text/plain")
        return Response(headers={"etag": f'"{digest.hexdigest()}"'})

    return [Route(PATH + "/{place:path}", upload, methods=["PUT"])]
