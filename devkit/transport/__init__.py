"""Where cloud calls go: the local emulator or the real platform."""

from devkit.transport.base import DeviceBench as DeviceBench
from devkit.transport.base import Push as Push
from devkit.transport.base import Transport as Transport
from devkit.transport.registry import open_transport as open_transport
