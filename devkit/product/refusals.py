"""What the platform's refusals mean, and the way out of each."""

from __future__ import annotations

from devkit.errors import CloudApiError, TransportError, TransportTimeoutError
from devkit.language import _, marked
from devkit.product.keys import KEY_PAGE, SECRET_ID, SECRET_KEY, TOKEN

THROTTLED = "RequestLimitExceeded"
_DENIED = marked("Have an administrator of the account allow iotexplorer:{action} in CAM.")
KNOWN = marked("Publish it as another version, or delete that one in the console.")
WAYS_OUT = {
    "AuthFailure": marked(f"Check {SECRET_ID} and {SECRET_KEY}: {KEY_PAGE}"),
    "AuthFailure.SignatureExpire": marked("This computer's clock is more than five minutes off: set it."),
    "AuthFailure.SignatureFailure": marked(
        f"{SECRET_KEY} is not that of {SECRET_ID}: copy both from {KEY_PAGE}"
    ),
    "AuthFailure.SecretIdNotFound": marked(
        f"{SECRET_ID} is mistyped, switched off or deleted: look at {KEY_PAGE}"
    ),
    "AuthFailure.InvalidSecretId": marked(
        f"{SECRET_ID} is no key of the cloud's API: copy one from {KEY_PAGE}"
    ),
    "AuthFailure.TokenFailure": marked(
        f"The temporary key has expired, or {TOKEN} is not its token: get a new one."
    ),
    "AuthFailure.MFAFailure": marked("This key needs a second factor: use one that does not."),
    "AuthFailure.UnauthorizedOperation": _DENIED,
    "UnauthorizedOperation": _DENIED,
    THROTTLED: marked("Wait a minute, or have fewer programs call at once; devkit has tried {tries} times."),
    "LimitExceeded": marked(
        "The account's quota is used up: remove what is old, or ask the platform for more."
    ),
    "UnsupportedRegion": marked("product_region is {region!r}: name the product's with --product-region."),
    "UnsupportedOperation.DoesNotSellInThisRegion": marked("product_region is {region!r}: try another."),
    "ResourceNotFound": marked(
        "Check product id and device name, and that the product is in {region}"
        " (--product-region) and of this account."
    ),
    "InvalidParameter.FirmwareAlreadyExist": KNOWN,
    "InvalidParameterValue.FirmwareAlreadyExist": KNOWN,
    "InvalidParameterValue.ProductIDInvalid": marked(
        "Check --product-id; the console shows it beside the product."
    ),
    "FailedOperation.DeviceOffline": marked(
        "The device is offline; `devkit product devices` tells when it is back."
    ),
    "FailedOperation.Timeout": marked(
        "The device did not answer: is it online, and does it answer the action?"
    ),
    "FailedOperation.ActionUnreachable": marked("The device is offline, or does not listen for actions."),
    "InternalError": marked("The platform failed: try again later, and name the request id to its support."),
}
"""{code or the beginning of codes: way out}.

Source: https://www.tencentcloud.com/document/product/1271/71928 and
PyPI tencentcloud-sdk-python-iotexplorer@3.1.194, tencentcloud/iotexplorer/v20190423/errorcodes.py"""


def refusal(code: str, message: str, request_id: str, **about: object) -> TransportError:
    """Return the error for a code of the SDK: the platform's, or one of the SDK for the network.

    about: action, region and tries, which the way out may name.
    Source: PyPI tencentcloud-sdk-python-common@3.1.195, tencentcloud/common/http/request.py
    """
    if code == "ClientNetworkError":
        late = "timed out" in message.lower()
        kind = TransportTimeoutError if late else TransportError
        return kind(
            _(f"The product API was not reached: {message}"),
            _("Check the network, HTTPS_PROXY, and --product-url where it is set."),
        )
    if not request_id:  # another status than 200, or what the SDK cannot read
        shown = message if code == "ServerNetworkError" else f"{code}, {message}"
        return TransportError(
            _(f"The product API did not answer as it should: {shown}"), _("Try again later.")
        )
    parts = code.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    hint = next((WAYS_OUT[name] for name in names if name in WAYS_OUT), "")
    return CloudApiError(
        code, _(f"{message} (request {request_id})"), request_id, hint=_(hint).format(**about)
    )
