"""The in-process proxy and its certificate authority."""

from devkit.proxy.authority import Authority as Authority
from devkit.proxy.options import ProxyOptions as ProxyOptions
from devkit.proxy.server import Proxy as Proxy
from devkit.proxy.server import start_proxy as start_proxy
