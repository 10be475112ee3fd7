"""Read the arguments of SDK members as loosely as the real SDK does, and refuse what cannot work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from devkit.errors import SdkMethodError
from devkit.json_types import JSON
from devkit.language import _

if TYPE_CHECKING:
    from devkit.sdk.session import Session

Args = dict[str, Any]
Members = Mapping[str, Callable[..., Awaitable[object]]]

# fmt: off
# ruff: noqa: UP013  what the page gives as options, a line for each sort; nothing here checks the values
DeviceOptions = TypedDict("DeviceOptions", {"deviceId": str}, total=False)
PageOptions = TypedDict("PageOptions", {
    "deviceId": str, "groupId": str, "name": str, "isShareDevice": bool, "reload": bool, "shareParams": JSON,
    "featureId": str}, total=False)
PanelOptions = TypedDict("PanelOptions", {
    "deviceId": str, "passThroughParams": JSON, "redirect": bool}, total=False)
SceneOptions = TypedDict("SceneOptions", {"type": str}, total=False)
MiniProgramOptions = TypedDict("MiniProgramOptions", {
    "appid": str, "extraData": JSON, "envVersion": str, "path": str, "shortLink": str}, total=False)
ShareOptions = TypedDict("ShareOptions", {"title": str, "imgUrl": str}, total=False)
HistoryOptions = TypedDict("HistoryOptions", {
    "FieldName": str, "MaxTime": int, "MinTime": int, "Context": str, "Limit": int}, total=False)
ProductOptions = TypedDict("ProductOptions", {"productId": str}, total=False)
RoomOptions = TypedDict("RoomOptions", {"Offset": int, "Limit": int}, total=False)
GroupOptions = TypedDict("GroupOptions", {
    "familyId": str, "groupId": str, "deviceId": str, "name": str, "shareParams": JSON}, total=False)
RemovalOptions = TypedDict("RemovalOptions", {"deviceId": str, "reserveData": bool}, total=False)
FirmwareOptions = TypedDict("FirmwareOptions", {
    "deviceId": str, "silent": bool, "version": str, "ProductId": str, "DeviceName": str}, total=False)
ProgressOptions = TypedDict("ProgressOptions", {
    "deviceId": str, "state": str, "version": str, "persent": int, "resultCode": int, "resultMsg": str},
    total=False)
RecordingOptions = TypedDict("RecordingOptions", {
    "DeviceId": str, "AudioType": str, "Data": bytes, "ResourceName": str, "ResourceToken": str}, total=False)
# fmt: on


def options(member: str, value: object) -> Args:
    """Return the options object of a call; none given is {}.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, which destructures its argument with {} as the
    default, and fails on null.
    Errors: SdkMethodError for anything but an object.
    """
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise SdkMethodError(_(f"{member} takes an object, not {_show(value)}."), code="devkit.InvalidArgument")


def reader(member: str, function: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    """Return a function as the page calls it: arguments it leaves out are None, and further ones are dropped.

    A parameter whose type ends in Options takes an object, as options() reads it.
    """
    code = function.__code__
    names = code.co_varnames[1 : code.co_argcount]
    objects = [str(function.__annotations__[name]).endswith("Options") for name in names]

    def call(session: Session, *given: object) -> Awaitable[object]:
        values = [*given, *[None] * len(names)]
        read = [
            options(member, value) if is_object else value
            for value, is_object in zip(values, objects, strict=False)
        ]
        return function(session, *read)

    return call


def text(member: str, name: str, value: object) -> str:
    """Return a required text.

    Errors: SdkMethodError for a missing or other value.
    """
    if isinstance(value, str) and value:
        return value
    raise SdkMethodError(
        _(f"{member} needs {name} as a text, not {_show(value)}."), code="devkit.InvalidArgument"
    )


def given(**params: object) -> Args:
    """Return the parameters that are not None, as JSON.stringify drops undefined ones."""
    return {name: value for name, value in params.items() if value is not None}


def _show(value: object) -> str:
    shown = _("nothing") if value is None else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
