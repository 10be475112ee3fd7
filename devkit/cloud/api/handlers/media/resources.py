"""Files that users hand to their devices: where to upload them.

Source: https://cloud.tencent.com/document/product/1081, the page on AppGetResourceUploadURL.
"""

from __future__ import annotations

from urllib.parse import quote

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.http.uploads import PATH, sign_upload
from devkit.cloud.store.schema import PRODUCTS
from devkit.language import _

MOST_BYTES = 64 * 2**20


def get_upload_url(call: Call) -> Answer:
    """Return an address that takes the file by PUT, and the name by which a device asks for it."""
    product_id, size = call.text("ProductId"), call.number("FileSize")
    product = call.tx.get(PRODUCTS, product_id)
    if product is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    if not 0 < size <= MOST_BYTES:
        call.refuse("value", _(f"FileSize must be 1 to {MOST_BYTES} bytes, not {size}."))
    name = f"USER_{call.user_id}_RES_{call.text('UserResourceName')}"
    place = f"{product_id}/{quote(name, safe='')}_{quote(call.text('ResourceVer'), safe='')}"
    base = call.emulator.firmware.base_url
    signature = sign_upload(str(product["secret"]), place, size)
    return {"ResourceName": name, "UploadUrl": f"{base}{PATH}/{place}?size={size}&sign={signature}"}


ACTIONS = {"AppGetResourceUploadURL": get_upload_url}
