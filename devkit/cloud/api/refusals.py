"""Refusals: why an action fails, and which of its documented codes says so."""

from __future__ import annotations

from collections.abc import Mapping

from devkit.cloud.api.facts import Fact
from devkit.errors import CloudApiError

_VALUE = "InvalidParameterValue"

# reason: codes from the most to the least telling; the first that the action documents is answered
REASONS: Mapping[str, tuple[str, ...]] = {
    "missing": ("ErrorRequiredParamNotFound", "InvalidParameter", _VALUE),
    "malformed": ("InvalidParameter", _VALUE),
    "value": (_VALUE,),
    "device": (
        "ResourceNotFound.DeviceNotExist",
        f"{_VALUE}.AppDeviceNotExist",
        "ResourceNotFound",
        _VALUE,
    ),
    "product": ("ResourceNotFound.StudioProductNotExist", "ResourceNotFound", _VALUE),
    "family": ("ResourceNotFound.StudioFamilyNotExist", "ResourceNotFound", _VALUE),
    "member": (
        "UnauthorizedOperation.NoPermissionToFamily",
        "ResourceNotFound.StudioMemberNotExist",
        f"{_VALUE}.NoPermission",
        "UnauthorizedOperation",
        _VALUE,
    ),
    "permission": (
        f"{_VALUE}.NoPermission",
        "UnauthorizedOperation.NoPermissionToFamily",
        "UnauthorizedOperation.APPNoPermissionToStudioProduct",
        "UnauthorizedOperation",
        "ResourceNotFound.StudioMemberNotExist",
        _VALUE,
    ),
    "no_gateway": ("UnsupportedOperation.DeviceNotGateway", "UnsupportedOperation", _VALUE),
    "limit": ("LimitExceeded.FamilyDeviceExceedLimit", "LimitExceeded", _VALUE),
    "session": (f"{_VALUE}.InvalidAccessToken",),
    "offline": ("FailedOperation.DeviceOffline",),
    "unconnected": (f"{_VALUE}.BindDeviceNotConnected", _VALUE),
    "signature": (f"{_VALUE}.BindDeviceSigMismatch", _VALUE),
    "bound": ("UnsupportedOperation.CannotBindSameFamily", _VALUE),
}


def refusal(fact: Fact | None, reason: str, message: str) -> CloudApiError:
    """Return the error of an action; reason is a row of REASONS or a full code."""
    codes = REASONS.get(reason, (reason,))
    known = fact.errors if fact else ()
    code = next((code for code in codes if code in known), codes[-1] if len(codes) > 1 else codes[0])
    return CloudApiError(code, message)
